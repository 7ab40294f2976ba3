#include "pianola/quantizers/tokenizer_files.hpp"

#include <fmt/format.h>

#include <system_error>
#include <utility>

#include "pianola/base/error.hpp"

namespace pianola {

namespace fs = std::filesystem;

std::string tokenizer_config_text() {
  return R"({
  "clean_up_tokenization_spaces": false,
  "processor_class": "UniversalActionProcessor",
  "tokenizer_class": "PreTrainedTokenizerFast"
}
)";
}

TokenizerFiles::TokenizerFiles(fs::path folder, const FastTokenizer& tokenizer) : folder_(std::move(folder)) {
  const std::pair<const char*, std::string> contents[] = {
      {"tokenizer.json", tokenizer_json_text(tokenizer.bpe, tokenizer.words)},
      {"tokenizer_config.json", tokenizer_config_text()},
      {"processor_config.json", processor_config_text(tokenizer)}};
  std::error_code failed;
  for (fs::path at = fs::absolute(folder_).lexically_normal(); !fs::exists(at, failed); at = at.parent_path()) {
    if (at.has_filename()) made_.push_back(at);
  }
  fs::create_directories(folder_, failed);
  if (!failed && !fs::is_directory(folder_)) failed = std::make_error_code(std::errc::not_a_directory);
  if (failed) {
    remove_made();
    throw ResourceError(
        fmt::format("cannot make folder '{}': {}{}", folder_.string(), failed.message(), write_remedy(failed.value())));
  }
  try {
    for (const auto& [name, text] : contents) {
      files_.push_back(std::make_unique<AtomicPath>(folder_ / name));
      write_file(files_.back()->temporary(), text);
    }
  } catch (...) {
    files_.clear();
    remove_made();
    throw;
  }
}

TokenizerFiles::~TokenizerFiles() {
  if (committed_) return;
  files_.clear();
  remove_made();
}

void TokenizerFiles::remove_made() const noexcept {
  std::error_code ignored;
  for (const fs::path& folder : made_) fs::remove(folder, ignored);  // only if nothing else has come to lie in it
}

void TokenizerFiles::commit() {
  for (const auto& file : files_) file->commit();
  committed_ = true;
}

void write_fast_tokenizer(const fs::path& folder, const FastTokenizer& tokenizer) {
  TokenizerFiles(folder, tokenizer).commit();
}

}  // namespace pianola
