// FAST tokenizers as Hugging Face keeps them (written by tokenizer_files.hpp): a folder with
//
//   tokenizer.json         of `tokenizers`: a BPE model with byte-level pre-tokenizer and decoder, and nothing else;
//                          read from bpe_tokenizer/, where transformers 5 saves it, if it is not here
//   processor_config.json  of FAST's UniversalActionProcessor: scale, min_token, vocab_size, time_horizon, action_dim
//
// so that published tokenizers work without Python. Merges may be written as pairs or, as before version 0.20, as "a
// b". What could change tokens and FAST never has (normalizer, added tokens, templates, dropout, unknown token,
// prefixes, byte fallback, truncation) is refused by name. Files are hostile until read: sizes, depth of nesting and
// every number are checked before they are used; lone surrogates and broken UTF-8 do not parse.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "pianola/quantizers/byte_level_bpe.hpp"

namespace pianola {

/// A FAST tokenizer without the range of its actions.
struct FastTokenizer {
  BpeModel bpe;
  bool words = true;                             ///< use_regex: text is cut into words
  double scale = 10.0;                           ///< of coefficients; kLeastFastScale … kLargestFastScale
  std::int32_t min_token = 0;                    ///< the rounded coefficient that is symbol 0; |min_token| ≤ 2³⁰
  std::optional<std::size_t> chunk, action_dim;  ///< as processor_config.json has them; not part of the tokens
  bool operator==(const FastTokenizer&) const = default;
};

inline constexpr double kLeastFastScale = 1e-3, kLargestFastScale = 1e5;

/// @throws DataError naming the file, the key and the remedy for anything that is no FAST tokenizer.
FastTokenizer read_fast_tokenizer(const std::filesystem::path& folder);

/// For quantizer.json: {"scale", "min_token", "words", "tokens" [text or null], "merges" [[left, right]]}.
nlohmann::ordered_json fast_tokenizer_to_json(const FastTokenizer& tokenizer);
/// Inverse. @throws DataError.
FastTokenizer fast_tokenizer_from_json(const nlohmann::ordered_json& saved);

/// tokenizer.json as text, and its inverse. `where` names the file. @throws DataError.
std::string tokenizer_json_text(const BpeModel& bpe, bool words);
void parse_tokenizer_json(std::string_view text, const std::string& where, FastTokenizer& tokenizer);
/// processor_config.json as text, and its inverse.
std::string processor_config_text(const FastTokenizer& tokenizer);
void parse_processor_config(std::string_view text, const std::string& where, FastTokenizer& tokenizer);

}  // namespace pianola
