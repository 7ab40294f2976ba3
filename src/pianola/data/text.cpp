#include "pianola/data/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "pianola/base/error.hpp"
#include "pianola/base/file.hpp"

namespace pianola {
namespace {

/// How many bytes follow a first byte, and the bits that it holds; 4: it is none.
struct Lead {
  std::size_t following;
  char32_t bits;
};

Lead lead_of(unsigned char byte) {
  if (byte < 0x80) return {0, byte};
  if (byte >= 0xC2 && byte < 0xE0) return {1, char32_t{byte} & 0x1F};
  if (byte >= 0xE0 && byte < 0xF0) return {2, char32_t{byte} & 0x0F};
  if (byte >= 0xF0 && byte < 0xF5) return {3, char32_t{byte} & 0x07};
  return {4, 0};
}

/// Shortest form only, no surrogates, nothing beyond U+10FFFF.
bool well_formed(char32_t c, std::size_t following) {
  constexpr char32_t kLeast[] = {0, 0x80, 0x800, 0x10000};
  return c >= kLeast[following] && c <= 0x10FFFF && (c < 0xD800 || c > 0xDFFF);
}

class TextReader final : public TrajectoryReader {
 public:
  TextReader(const std::string& path, bool actions_only) {
    const std::vector<char32_t> text = decode_utf8(read_file(path), path);
    if (text.size() < 2) {
      throw DataError(fmt::format("{}: a text needs at least two characters, but has {}", path, text.size()));
    }
    const std::set<char32_t> distinct(text.begin(), text.end());
    const std::vector<char32_t> vocabulary(distinct.begin(), distinct.end());
    for (const char32_t c : text) {
      const auto at = std::lower_bound(vocabulary.begin(), vocabulary.end(), c);
      tokens_.push_back(static_cast<double>(at - vocabulary.begin()));
    }
    info_.format = "text";
    info_.path = path;
    info_.observation_dim = actions_only ? 0 : 1;
    info_.action_dim = 1;
    info_.action_range = {{0.0}, {std::max(1.0, static_cast<double>(vocabulary.size()) - 1.0)}};
    for (const char32_t c : vocabulary) info_.attributes["characters"] += encode_utf8(c);
  }

  [[nodiscard]] const DatasetInfo& info() const override { return info_; }
  [[nodiscard]] std::size_t size() const override { return 1; }
  [[nodiscard]] std::string name(std::size_t) const override { return "text"; }
  [[nodiscard]] std::size_t steps(std::size_t) const override { return tokens_.size() - 1; }
  [[nodiscard]] Trajectory read(std::size_t) override {
    Trajectory t;
    t.name = name(0);
    t.steps = steps(0);
    if (info_.observation_dim > 0) t.observations.assign(tokens_.begin(), tokens_.end() - 1);
    t.actions = read_actions(0);
    return t;
  }
  [[nodiscard]] std::vector<double> read_actions(std::size_t) override { return {tokens_.begin() + 1, tokens_.end()}; }

 private:
  DatasetInfo info_;
  std::vector<double> tokens_;
};

void refuse(const std::string& path, const char* option, bool given) {
  if (!given) return;
  throw UsageError(fmt::format("{}: a text has no {}; leave the option out", path, option));
}

}  // namespace

std::string encode_utf8(char32_t c) {
  const auto byte = [](char32_t bits) { return static_cast<char>(static_cast<unsigned char>(bits)); };
  if (c < 0x80) return {byte(c)};
  if (c < 0x800) return {byte(0xC0 | (c >> 6)), byte(0x80 | (c & 0x3F))};
  if (c < 0x10000) return {byte(0xE0 | (c >> 12)), byte(0x80 | ((c >> 6) & 0x3F)), byte(0x80 | (c & 0x3F))};
  return {byte(0xF0 | (c >> 18)), byte(0x80 | ((c >> 12) & 0x3F)), byte(0x80 | ((c >> 6) & 0x3F)),
          byte(0x80 | (c & 0x3F))};
}

std::vector<char32_t> decode_utf8(const std::string& text, const std::string& where) {
  std::vector<char32_t> out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const auto [following, bits] = lead_of(static_cast<unsigned char>(text[i]));
    char32_t c = bits;
    bool good = following < 4 && i + following < text.size();
    for (std::size_t k = 1; good && k <= following; ++k) {
      const auto byte = static_cast<unsigned char>(text[i + k]);
      good = (byte & 0xC0) == 0x80;
      c = (c << 6) | (byte & 0x3F);
    }
    if (!good || !well_formed(c, following)) {
      throw DataError(
          fmt::format("{}: byte {} (0x{:02x}) begins no character of UTF-8; convert the file to UTF-8 "
                      "(iconv -t UTF-8)",
                      where, i, static_cast<unsigned char>(text[i])));
    }
    out.push_back(c);
    i += following + 1;
  }
  return out;
}

std::string detect_text(const std::string& path) {
  if (!std::filesystem::is_regular_file(path)) return "it is no file";
  return std::filesystem::path(path).extension() == ".txt" ? "" : "its name does not end in .txt";
}

std::unique_ptr<TrajectoryReader> open_text(const std::string& path, const ReadOptions& options) {
  refuse(path, "observation fields", !options.observation.empty());
  refuse(path, "action fields", !options.action.empty());
  refuse(path, "subsets", !options.subset.empty());
  return std::make_unique<TextReader>(path, options.actions_only);
}

FormatEntry entry_text() {
  return {.name = "text",
          .summary = "UTF-8 text, .txt: the next character given those before",
          .can_read = true,
          .can_write = false,
          .detect = detect_text,
          .open = open_text,
          .create = nullptr};
}

}  // namespace pianola
