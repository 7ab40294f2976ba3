// The files of a FAST tokenizer as Hugging Face's AutoTokenizer and AutoProcessor load them:
//
//   tokenizer.json          vocabulary and merges
//   tokenizer_config.json   which class reads it, and that decoded text is not tidied up: without this file
//                           transformers 4.x finds no tokenizer here, and tidying would drop blanks, which are
//                           symbols
//   processor_config.json   FAST's UniversalActionProcessor: scale, min_token, sizes
//
// AutoProcessor runs Python of the model's own: processing_action_tokenizer.py of physical-intelligence/fast has to be
// copied into the folder by whoever wants it. Nothing here needs it.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "pianola/base/file.hpp"
#include "pianola/quantizers/tokenizer_json.hpp"

namespace pianola {

/// tokenizer_config.json.
std::string tokenizer_config_text();

/// All files under temporary names in their folder; commit() gives them their own, the destructor removes what was not
/// committed, and folders that it made.
class TokenizerFiles {
 public:
  /// Writes them. The folder is made where it is not there. @throws ResourceError.
  TokenizerFiles(std::filesystem::path folder, const FastTokenizer& tokenizer);
  ~TokenizerFiles();
  TokenizerFiles(const TokenizerFiles&) = delete;
  TokenizerFiles& operator=(const TokenizerFiles&) = delete;
  /// Renames; files of an earlier tokenizer are replaced. @throws ResourceError.
  void commit();

 private:
  void remove_made() const noexcept;

  std::filesystem::path folder_;
  std::vector<std::filesystem::path> made_;  // innermost first
  bool committed_ = false;
  std::vector<std::unique_ptr<AtomicPath>> files_;
};

/// Writes and commits. @throws ResourceError.
void write_fast_tokenizer(const std::filesystem::path& folder, const FastTokenizer& tokenizer);

}  // namespace pianola
