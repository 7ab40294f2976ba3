#include "pianola/quantizers/tokenizer_json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <system_error>
#include <unordered_map>

#include "pianola/base/error.hpp"
#include "pianola/base/file.hpp"

namespace pianola {
namespace {

using Json = nlohmann::json;
using OrderedJson = nlohmann::ordered_json;

constexpr int kDeepest = 16;                                       // levels of nesting; these files have 4
constexpr std::uintmax_t kLargestFile = std::uintmax_t{64} << 20;  // bytes
constexpr const char* kRemedy = "take a FAST tokenizer as its own processor saves it";

// ---------------------------------------------------------------- text

std::string utf8_of(const std::u32string& text) {
  std::string out;
  for (const char32_t c : text) {
    std::array<std::uint8_t, 4> bytes{};
    out.append(bytes.begin(), bytes.begin() + write_utf8(c, bytes.data()));
  }
  return out;
}

/// text: well-formed UTF-8, as the JSON parser has made sure.
std::u32string characters_of(std::string_view text) {
  std::u32string out;
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<std::uint8_t>(text[i]);
    const std::size_t size = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    std::uint32_t c = size == 1 ? lead : lead & (0x7FU >> size);
    for (std::size_t j = 1; j < size && i + j < text.size(); ++j)
      c = c << 6 | (static_cast<std::uint8_t>(text[i + j]) & 0x3FU);
    out.push_back(c);
    i += size;
  }
  return out;
}

template <class AnyJson>
std::string shown(const AnyJson& value) {
  if (value.is_structured()) return fmt::format("{} of {}", value.is_array() ? "an array" : "an object", value.size());
  const std::string text = value.dump(-1, ' ', true, AnyJson::error_handler_t::replace);
  return text.size() <= 40 ? text : text.substr(0, 37) + "…";
}

// ---------------------------------------------------------------- fields

/// One object of a file; errors name the file and the key.
class Fields {
 public:
  Fields(const Json& object, std::string where, std::string prefix = "")
      : object_(object), where_(std::move(where)), prefix_(std::move(prefix)) {
    if (!object.is_object()) fail("", "an object", object);
  }

  [[noreturn]] void fail(const std::string& key, const std::string& wanted, const Json& value) const {
    throw DataError(
        fmt::format("'{}': key '{}' must be {}, not {}; {}", where_, prefix_ + key, wanted, shown(value), kRemedy));
  }
  [[nodiscard]] const Json& find(const char* key) const {
    static const Json kNull;
    const auto found = object_.find(key);
    return found == object_.end() ? kNull : *found;
  }
  [[nodiscard]] Fields object(const char* key) const {
    if (!find(key).is_object()) fail(key, "an object", find(key));
    return {find(key), where_, prefix_ + key + "."};
  }
  void must_be(const char* key, const std::string& text) const {
    if (find(key) != Json(text)) fail(key, fmt::format("\"{}\"", text), find(key));
  }
  /// Absent, null, false, 0, "" or empty: switched off.
  void must_be_off(const char* key) const {
    const Json& value = find(key);
    const bool off = value.is_null() || value == Json(false) || (value.is_number() && value == Json(0)) ||
                     (value.is_string() && value == Json("")) || (value.is_array() && value.empty());
    if (!off) fail(key, "absent (it would change the tokens)", value);
  }
  [[nodiscard]] bool flag(const char* key, bool otherwise) const {
    const Json& value = find(key);
    if (value.is_null()) return otherwise;
    if (!value.is_boolean()) fail(key, "true or false", value);
    return value.get<bool>();
  }
  [[nodiscard]] double number(const char* key, double otherwise, double low, double high) const {
    const Json& value = find(key);
    if (value.is_null()) return otherwise;
    const bool good = value.is_number() && value.get<double>() >= low && value.get<double>() <= high;
    if (!good) fail(key, fmt::format("a number in {:g} … {:g}", low, high), value);
    return value.get<double>();
  }
  [[nodiscard]] std::int64_t whole(const char* key, std::int64_t otherwise, std::int64_t low, std::int64_t high) const {
    const Json& value = find(key);
    if (value.is_null()) return otherwise;
    const double x = value.is_number() ? value.get<double>() : std::nan("");
    const bool good = x == std::floor(x) && x >= static_cast<double>(low) && x <= static_cast<double>(high);
    if (!good) fail(key, fmt::format("a whole number in {} … {}", low, high), value);
    return static_cast<std::int64_t>(x);
  }
  [[nodiscard]] const std::string& where() const { return where_; }

 private:
  const Json& object_;
  std::string where_, prefix_;
};

Json parse(std::string_view text, const std::string& where) {
  if (text.size() > kLargestFile) {
    throw DataError(fmt::format("'{}' has {} bytes; {} are the most; {}", where, text.size(), kLargestFile, kRemedy));
  }
  const auto shallow = [&](int depth, Json::parse_event_t, Json&) {
    if (depth > kDeepest)
      throw DataError(fmt::format("'{}' is nested more than {} deep; {}", where, kDeepest, kRemedy));
    return true;
  };
  try {
    return Json::parse(text, shallow);
  } catch (const Json::exception& error) {
    const bool cut = std::string_view(error.what()).find("unexpected end") != std::string_view::npos;
    throw DataError(fmt::format("'{}' is no JSON ({}); {}", where, error.what(),
                                cut ? "it is truncated: fetch it again" : kRemedy));
  }
}

bool deeper_than(const OrderedJson& json, int levels) {
  if (!json.is_structured()) return false;
  if (levels == 0) return true;
  return std::any_of(json.begin(), json.end(),
                     [&](const OrderedJson& child) { return deeper_than(child, levels - 1); });
}

std::string read_bounded(const std::filesystem::path& path) {
  std::error_code failed;
  const std::uintmax_t size = std::filesystem::file_size(path, failed);
  if (!failed && size > kLargestFile) {
    throw DataError(fmt::format("'{}' has {} bytes; {} are the most; {}", path.string(), size, kLargestFile, kRemedy));
  }
  return read_file(path);
}

// ---------------------------------------------------------------- vocabulary and merges

using TokenIds = std::unordered_map<std::string, Token>;

TokenIds read_vocabulary(const Fields& model, BpeModel& bpe) {
  const Json& vocabulary = model.find("vocab");
  if (!vocabulary.is_object()) model.fail("vocab", "an object", vocabulary);
  TokenIds ids;
  for (const auto& [text, id] : vocabulary.items()) {
    const std::string key = fmt::format("vocab[{}]", shown(Json(text)));
    if (!id.is_number_unsigned() || id.get<std::uint64_t>() >= ByteLevelBpe::kMaxTokens) {
      model.fail(key, fmt::format("an id in 0 … {}", ByteLevelBpe::kMaxTokens - 1), id);
    }
    const Token token = id.get<Token>();
    if (text.empty()) model.fail(key, "a text that is not empty", id);
    if (token >= bpe.tokens.size()) bpe.tokens.resize(token + std::size_t{1});
    if (!bpe.tokens[token].empty()) model.fail(key, "an id that no other token has", id);
    bpe.tokens[token] = characters_of(text);
    ids.emplace(text, token);
  }
  return ids;
}

std::array<std::string, 2> read_merge(const Fields& model, const std::string& key, const Json& merge) {
  if (merge.is_array() && merge.size() == 2 && merge[0].is_string() && merge[1].is_string()) {
    return {merge[0].get<std::string>(), merge[1].get<std::string>()};
  }
  const std::string text = merge.is_string() ? merge.get<std::string>() : "";
  const std::size_t blank = text.find(' ');
  if (blank == std::string::npos || text.find(' ', blank + 1) != std::string::npos) {
    model.fail(key, "a pair of texts, or one text with one blank", merge);
  }
  return {text.substr(0, blank), text.substr(blank + 1)};
}

void read_merges(const Fields& model, const TokenIds& ids, BpeModel& bpe) {
  const Json& merges = model.find("merges");
  if (!merges.is_array()) model.fail("merges", "an array", merges);
  for (const Json& merge : merges) {
    const std::string key = fmt::format("merges[{}]", bpe.merges.size());
    const auto [left, right] = read_merge(model, key, merge);
    const auto a = ids.find(left), b = ids.find(right);
    if (a == ids.end() || b == ids.end()) model.fail(key, "of two texts of the vocabulary", merge);
    bpe.merges.push_back({a->second, b->second});
  }
}

std::string write_list(const std::vector<std::string>& lines) {
  return lines.empty() ? "" : fmt::format("\n      {}\n    ", fmt::join(lines, ",\n      "));
}

std::string quoted(const std::u32string& text) { return Json(utf8_of(text)).dump(); }

/// Merges without those whose pair stands again later, where the later rank counts.
std::vector<std::array<Token, 2>> effective_merges(const BpeModel& bpe) {
  std::map<std::array<Token, 2>, std::size_t> last;
  for (std::size_t i = 0; i < bpe.merges.size(); ++i) last[bpe.merges[i]] = i;
  std::vector<std::array<Token, 2>> out;
  for (std::size_t i = 0; i < bpe.merges.size(); ++i) {
    if (last[bpe.merges[i]] == i) out.push_back(bpe.merges[i]);
  }
  return out;
}

}  // namespace

// ---------------------------------------------------------------- the two files

void parse_tokenizer_json(std::string_view text, const std::string& where, FastTokenizer& tokenizer) {
  const Json json = parse(text, where);
  const Fields file(json, where);
  file.must_be("version", "1.0");
  for (const char* key : {"truncation", "padding", "added_tokens", "normalizer"}) file.must_be_off(key);
  const Fields before = file.object("pre_tokenizer");
  before.must_be("type", "ByteLevel");
  before.must_be_off("add_prefix_space");
  tokenizer.words = before.flag("use_regex", true);
  file.object("decoder").must_be("type", "ByteLevel");
  if (!file.find("post_processor").is_null()) file.object("post_processor").must_be("type", "ByteLevel");
  const Fields model = file.object("model");
  model.must_be("type", "BPE");
  for (const char* key :
       {"dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix", "byte_fallback", "ignore_merges"}) {
    model.must_be_off(key);
  }
  tokenizer.bpe = {};
  const TokenIds ids = read_vocabulary(model, tokenizer.bpe);
  read_merges(model, ids, tokenizer.bpe);
  try {
    static_cast<void>(ByteLevelBpe(tokenizer.bpe, tokenizer.words));
  } catch (const DataError& error) {
    throw DataError(fmt::format("'{}': {}; {}", where, error.what(), kRemedy));
  }
}

namespace {

constexpr const char* kByteLevel = R"({{
    "type": "ByteLevel",
    "add_prefix_space": {},
    "trim_offsets": {},
    "use_regex": {}
  }})";

std::string byte_level(bool prefix_space, bool trim_offsets, bool regex) {
  return fmt::format(fmt::runtime(kByteLevel), prefix_space, trim_offsets, regex);
}

constexpr const char* kTokenizerJson = R"({{
  "version": "1.0",
  "truncation": null,
  "padding": null,
  "added_tokens": [],
  "normalizer": null,
  "pre_tokenizer": {},
  "post_processor": {},
  "decoder": {},
  "model": {{
    "type": "BPE",
    "dropout": null,
    "unk_token": null,
    "continuing_subword_prefix": null,
    "end_of_word_suffix": null,
    "fuse_unk": false,
    "byte_fallback": false,
    "ignore_merges": false,
    "vocab": {{{}}},
    "merges": [{}]
  }}
}}
)";

}  // namespace

std::string tokenizer_json_text(const BpeModel& bpe, bool words) {
  std::vector<std::string> vocabulary, merges;
  for (std::size_t id = 0; id < bpe.tokens.size(); ++id) {
    if (!bpe.tokens[id].empty()) vocabulary.push_back(fmt::format("{}: {}", quoted(bpe.tokens[id]), id));
  }
  for (const auto& [left, right] : effective_merges(bpe)) {
    merges.push_back(fmt::format("[{}, {}]", quoted(bpe.tokens[left]), quoted(bpe.tokens[right])));
  }
  return fmt::format(fmt::runtime(kTokenizerJson), byte_level(false, true, words), byte_level(true, false, true),
                     byte_level(true, true, true), write_list(vocabulary), write_list(merges));
}

void parse_processor_config(std::string_view text, const std::string& where, FastTokenizer& tokenizer) {
  const Json json = parse(text, where);
  const Fields file(json, where);
  file.must_be("processor_class", "UniversalActionProcessor");
  const auto optional_size = [&](const char* key) -> std::optional<std::size_t> {
    if (file.find(key).is_null()) return std::nullopt;
    return static_cast<std::size_t>(file.whole(key, 1, 1, 1 << 20));
  };
  tokenizer.scale = file.number("scale", 10.0, kLeastFastScale, kLargestFastScale);
  tokenizer.min_token = static_cast<std::int32_t>(file.whole("min_token", 0, -(1 << 30), 1 << 30));
  tokenizer.chunk = optional_size("time_horizon");
  tokenizer.action_dim = optional_size("action_dim");
}

std::string processor_config_text(const FastTokenizer& tokenizer) {
  const auto or_null = [](const std::optional<std::size_t>& value) {
    return value ? OrderedJson(*value) : OrderedJson();
  };
  OrderedJson json{
      {"action_dim", or_null(tokenizer.action_dim)},
      {"auto_map", {{"AutoProcessor", "processing_action_tokenizer.UniversalActionProcessor"}}},
      {"min_token", tokenizer.min_token},
      {"processor_class", "UniversalActionProcessor"},
      {"scale", tokenizer.scale},
      {"time_horizon", or_null(tokenizer.chunk)},
      {"vocab_size", tokenizer.bpe.tokens.size()},
  };
  if (tokenizer.scale == std::floor(tokenizer.scale)) json["scale"] = static_cast<std::int64_t>(tokenizer.scale);
  return json.dump(2) + "\n";
}

namespace {

/// Where tokenizer.json lies. @throws DataError.
std::filesystem::path tokenizer_json_in(const std::filesystem::path& folder) {
  const auto beside = folder / "tokenizer.json", below = folder / "bpe_tokenizer" / "tokenizer.json";
  std::error_code failed;
  for (const auto& path : {beside, below}) {
    if (std::filesystem::exists(path, failed)) return path;
  }
  throw DataError(fmt::format("no FAST tokenizer: neither '{}' nor '{}' (as transformers 5 saves it) is there; {}",
                              beside.string(), below.string(), kRemedy));
}

}  // namespace

FastTokenizer read_fast_tokenizer(const std::filesystem::path& folder) {
  const auto config = folder / "processor_config.json", tokens = tokenizer_json_in(folder);
  FastTokenizer tokenizer;
  parse_tokenizer_json(read_bounded(tokens), tokens.string(), tokenizer);
  parse_processor_config(read_bounded(config), config.string(), tokenizer);
  return tokenizer;
}

// ---------------------------------------------------------------- quantizer.json

OrderedJson fast_tokenizer_to_json(const FastTokenizer& tokenizer) {
  OrderedJson tokens = OrderedJson::array(), merges = OrderedJson::array();
  for (const std::u32string& text : tokenizer.bpe.tokens) {
    tokens.push_back(text.empty() ? OrderedJson() : OrderedJson(utf8_of(text)));
  }
  for (const auto& [left, right] : tokenizer.bpe.merges) merges.push_back({left, right});
  return {{"scale", tokenizer.scale},
          {"min_token", tokenizer.min_token},
          {"words", tokenizer.words},
          {"tokens", std::move(tokens)},
          {"merges", std::move(merges)}};
}

FastTokenizer fast_tokenizer_from_json(const OrderedJson& saved) {
  if (deeper_than(saved, 3)) throw DataError("key 'tokenizer' is nested too deep");
  const Json json = saved;
  const Fields fields(json, "tokenizer");
  for (const char* key : {"scale", "min_token", "words"}) {
    if (fields.find(key).is_null()) fields.fail(key, "there", fields.find(key));
  }
  FastTokenizer tokenizer;
  tokenizer.scale = fields.number("scale", 0.0, kLeastFastScale, kLargestFastScale);
  tokenizer.min_token = static_cast<std::int32_t>(fields.whole("min_token", 0, -(1 << 30), 1 << 30));
  tokenizer.words = fields.flag("words", true);
  const Json &tokens = fields.find("tokens"), &merges = fields.find("merges");
  if (!tokens.is_array() || tokens.size() > ByteLevelBpe::kMaxTokens)
    fields.fail("tokens", "an array of texts", tokens);
  if (!merges.is_array()) fields.fail("merges", "an array of pairs of ids", merges);
  for (const Json& text : tokens) {
    if (!text.is_null() && !text.is_string()) fields.fail("tokens", "an array of texts", text);
    tokenizer.bpe.tokens.push_back(text.is_null() ? std::u32string() : characters_of(text.get<std::string>()));
  }
  for (const Json& merge : merges) {
    const bool pair = merge.is_array() && merge.size() == 2 && merge[0].is_number_unsigned() &&
                      merge[1].is_number_unsigned() && merge[0] < tokens.size() && merge[1] < tokens.size();
    if (!pair) fields.fail("merges", "an array of pairs of ids", merge);
    tokenizer.bpe.merges.push_back({merge[0].get<Token>(), merge[1].get<Token>()});
  }
  return tokenizer;
}

}  // namespace pianola
