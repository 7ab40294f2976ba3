// Pairs wait in one list for each rank, and a bitset says which lists have entries: no heap, no comparison. An entry
// may be out of date (its pair is gone); it is checked when its turn comes.
//
// All pairs of the lowest rank are merged in one go, left to right, before the pairs that this makes are looked up.
// That is what one after the other would give, unless the product of a merge takes part in one of lower rank
// (`early`: a text that two pairs make); then the next is looked for after each single merge.
//
// Runs: most coefficients of FAST are zero, and the first merges double the run of zeros: (z, z), (zz, zz), … in this
// order, after that of z's two bytes if it has two. A run of n takes their tokens at once: n / 2ᵏ of the longest, then
// one for each bit of the rest, descending. Not where a byte is dropped: strangers become adjacent there.
#include "pianola/quantizers/byte_level_bpe.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cassert>
#include <unordered_map>

#include "pianola/base/error.hpp"
#include "pianola/quantizers/gpt2_words.hpp"

namespace pianola {
namespace {

constexpr std::uint16_t kNoToken = 0xFFFF, kDead = 0xFFFF;

constexpr bool is_printable(std::uint32_t byte) {
  return (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
}

struct ByteCharacters {
  std::array<char32_t, 256> characters{};
  std::array<std::uint8_t, 256> unprintable{};  // bytes of the characters 256 and following
  std::uint32_t unprintables = 0;

  constexpr ByteCharacters() {
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
      if (!is_printable(byte)) unprintable[unprintables] = static_cast<std::uint8_t>(byte);
      characters[byte] = is_printable(byte) ? byte : 256 + unprintables++;
    }
  }
};

constexpr ByteCharacters kBytes;

std::string shown(const std::u32string& text) {
  std::string out = "'";
  for (const char32_t c : text.substr(0, 20)) {
    std::array<std::uint8_t, 4> utf8{};
    const std::size_t size = is_code_point(c) && c >= 0x20 ? write_utf8(c, utf8.data()) : 0;
    out += size > 0 ? std::string(utf8.begin(), utf8.begin() + size) : fmt::format("\\u{:04x}", std::uint32_t{c});
  }
  return out + (text.size() > 20 ? "…'" : "'");
}

using TokenIds = std::unordered_map<std::u32string, Token>;

TokenIds index_tokens(const BpeModel& model) {
  TokenIds ids;
  for (Token id = 0; id < model.tokens.size(); ++id) {
    const std::u32string& text = model.tokens[id];
    if (text.empty()) continue;
    if (!std::all_of(text.begin(), text.end(), [](char32_t c) { return is_code_point(c); })) {
      throw DataError(fmt::format("token {} is {}, which is no text", id, shown(text)));
    }
    const auto [found, added] = ids.emplace(text, id);
    if (!added) throw DataError(fmt::format("tokens {} and {} are both {}", found->second, id, shown(text)));
  }
  return ids;
}

Token product_of(const BpeModel& model, const TokenIds& ids, std::size_t rank) {
  const auto [left, right] = model.merges[rank];
  const std::size_t size = model.tokens.size();
  if (left >= size || right >= size || model.tokens[left].empty() || model.tokens[right].empty()) {
    throw DataError(fmt::format("merge {} is of tokens {} and {}, of which one is not there", rank, left, right));
  }
  const auto found = ids.find(model.tokens[left] + model.tokens[right]);
  if (found != ids.end()) return found->second;
  throw DataError(fmt::format("merge {} makes {}{}, which is no token", rank, shown(model.tokens[left]),
                              shown(model.tokens[right])));
}

}  // namespace

std::size_t write_utf8(std::uint32_t c, std::uint8_t* out) noexcept {
  const std::size_t size = utf8_size(c);
  constexpr std::array<std::uint32_t, 5> kLead{0, 0, 0xC0, 0xE0, 0xF0};
  for (std::size_t i = size - 1; i > 0; --i, c >>= 6) out[i] = static_cast<std::uint8_t>(0x80 | (c & 0x3F));
  out[0] = static_cast<std::uint8_t>(kLead[size] | c);
  return size;
}

char32_t byte_character(std::uint8_t byte) noexcept { return kBytes.characters[byte]; }

std::optional<std::uint8_t> character_byte(char32_t c) noexcept {
  if (c < 256) return is_printable(c) ? std::optional(static_cast<std::uint8_t>(c)) : std::nullopt;
  return c - 256 < kBytes.unprintables ? std::optional(kBytes.unprintable[c - 256]) : std::nullopt;
}

std::string token_bytes(const std::u32string& text) {
  std::string out, raw;
  bool mapped = true;
  for (const char32_t c : text) {
    std::array<std::uint8_t, 4> utf8{};
    raw.append(utf8.begin(), utf8.begin() + write_utf8(c, utf8.data()));
    const auto byte = character_byte(c);
    mapped = mapped && byte.has_value();
    if (mapped) out.push_back(static_cast<char>(*byte));
  }
  return mapped ? out : raw;
}

ByteLevelBpe::ByteLevelBpe(BpeModel model, bool words) : model_(std::move(model)), words_(words) {
  if (size() < 1 || size() > kMaxTokens) {
    throw DataError(fmt::format("a vocabulary must have 1 … {} tokens, not {}", kMaxTokens, size()));
  }
  index_merges();
  index_bytes();
  index_runs();
}

void ByteLevelBpe::index_bytes() {
  byte_tokens_.fill(kNoToken);
  for (std::size_t id = 0; id < size(); ++id) {
    if (model_.tokens[id].size() != 1) continue;
    if (const auto byte = character_byte(model_.tokens[id][0])) byte_tokens_[*byte] = static_cast<std::uint16_t>(id);
  }
}

void ByteLevelBpe::set_rank(std::uint32_t pair, std::uint32_t rank) {
  std::size_t at = (pair * 0x9E3779B1U) >> shift_;
  while (slots_[at].pair != kNone && slots_[at].pair != pair) at = (at + 1) & (slots_.size() - 1);
  slots_[at] = {pair, rank};
}

void ByteLevelBpe::index_merges() {
  const TokenIds ids = index_tokens(model_);
  if (model_.merges.size() > (std::size_t{1} << 24)) throw DataError("more than 2²⁴ merges");
  slots_.assign(std::bit_ceil(2 * model_.merges.size() + 2), Slot{});
  shift_ = 32 - std::countr_zero(slots_.size());
  std::vector<std::uint32_t> lowest(size(), kNone);  // rank of a merge that the token takes part in
  for (std::size_t r = 0; r < model_.merges.size(); ++r) {
    const Token product = product_of(model_, ids, r);
    const auto [left, right] = model_.merges[r];
    merges_.push_back({static_cast<std::uint16_t>(left), static_cast<std::uint16_t>(right),
                       static_cast<std::uint16_t>(product), false});
    set_rank(left << 16 | right, static_cast<std::uint32_t>(r));
  }
  for (std::uint32_t r = 0; r < merges_.size(); ++r) {
    if (rank(merges_[r].left, merges_[r].right) != r) continue;  // the same pair has a later rank
    for (const std::uint16_t token : {merges_[r].left, merges_[r].right}) lowest[token] = std::min(lowest[token], r);
  }
  for (std::uint32_t r = 0; r < merges_.size(); ++r) merges_[r].early = lowest[merges_[r].product] < r;
}

void ByteLevelBpe::index_runs() {
  if (merges_.empty() || rank(merges_[0].left, merges_[0].right) != 0) return;
  const auto byte_of = [&](std::uint16_t token) {
    const auto found = std::find(byte_tokens_.begin(), byte_tokens_.end(), token);
    return static_cast<std::uint32_t>(found - byte_tokens_.begin());
  };
  const std::uint32_t left = byte_of(merges_[0].left), right = byte_of(merges_[0].right);
  std::uint32_t r = 0;
  if (left < 0x80 && left == right) {
    run_symbol_ = left;
    doublings_.push_back(merges_[0].left);
  } else if (left >= 0xC2 && left < 0xE0 && right >= 0x80 && right < 0xC0) {
    run_symbol_ = (left & 0x1F) << 6 | (right & 0x3F);
    doublings_.push_back(merges_[r++].product);
  }
  if (doublings_.empty()) return;
  for (; r < merges_.size(); ++r) {
    const Merge& merge = merges_[r];
    if (merge.left != doublings_.back() || merge.right != merge.left || rank(merge.left, merge.left) != r) break;
    if (merge.early) break;
    doublings_.push_back(merge.product);
  }
}

bool ByteLevelBpe::representable(std::uint32_t symbol) const noexcept {
  if (!is_code_point(symbol)) return false;
  std::array<std::uint8_t, 4> utf8{};
  const std::size_t bytes = write_utf8(symbol, utf8.data());
  return std::all_of(utf8.begin(), utf8.begin() + bytes, [&](std::uint8_t b) { return byte_tokens_[b] != kNoToken; });
}

// ---------------------------------------------------------------- encoding

BpeWorkspace::BpeWorkspace(const ByteLevelBpe& bpe)
    : buckets_(bpe.merges_.size()), full_((buckets_.size() + 63) / 64), any_full_((full_.size() + 63) / 64) {}

void BpeWorkspace::append(std::uint16_t token) {
  const std::uint32_t node = size_++;
  tokens_[node] = token;
  next_[node] = kNone;
  previous_[node] = begins_word_ ? kNone : node - 1;
  if (!begins_word_) next_[node - 1] = node;
  begins_word_ = false;
}

void BpeWorkspace::append_run(const ByteLevelBpe& bpe, std::size_t length) {
  const auto& doublings = bpe.doublings_;
  const std::size_t most = doublings.size() - 1;
  for (std::size_t i = length >> most; i > 0; --i) append(doublings[most]);
  for (std::size_t bit = most; bit-- > 0;) {
    if ((length >> bit & 1) != 0) append(doublings[bit]);
  }
}

bool BpeWorkspace::append_bytes(const ByteLevelBpe& bpe, std::uint32_t symbol) {
  assert(is_code_point(symbol));
  std::array<std::uint8_t, 4> utf8{};
  const std::size_t bytes = write_utf8(symbol, utf8.data());
  bool whole = true;
  for (std::size_t i = 0; i < bytes; ++i) {
    const std::uint16_t token = bpe.byte_tokens_[utf8[i]];
    whole = whole && token != kNoToken;
    if (token != kNoToken) append(token);
  }
  return whole;
}

void BpeWorkspace::reserve(std::size_t symbols) {
  const std::size_t nodes = 4 * symbols;
  begins_.resize(symbols);
  if (tokens_.size() >= nodes) return;
  tokens_.resize(nodes);
  previous_.resize(nodes);
  next_.resize(nodes);
}

bool BpeWorkspace::load(const ByteLevelBpe& bpe, std::span<const std::uint32_t> symbols, bool runs) {
  const std::size_t n = symbols.size();
  const std::uint32_t run_symbol = runs && !bpe.doublings_.empty() ? bpe.run_symbol_ : kNone;
  size_ = 0;
  begins_word_ = true;
  bool whole = true;
  for (std::size_t i = 0; i < n;) {
    begins_word_ = begins_word_ || begins_[i] != 0;
    if (symbols[i] != run_symbol) {
      whole = append_bytes(bpe, symbols[i++]) && whole;
      continue;
    }
    const std::size_t first = i++;
    while (i < n && symbols[i] == run_symbol && begins_[i] == 0) ++i;
    append_run(bpe, i - first);
  }
  return whole;
}

void BpeWorkspace::load(const ByteLevelBpe& bpe, std::span<const std::uint32_t> symbols) {
  reserve(symbols.size());
  if (bpe.words_) gpt2_words(symbols, std::span(begins_).first(symbols.size()));
  if (!load(bpe, symbols, true)) load(bpe, symbols, false);
}

void BpeWorkspace::queue_all(const ByteLevelBpe& bpe) {
  entries_.clear();
  for (std::uint32_t node = 1; node < size_; ++node) {
    if (previous_[node] != kNone) queue(bpe.rank(tokens_[node - 1], tokens_[node]), node - 1);
  }
}

void BpeWorkspace::queue(std::uint32_t rank, std::uint32_t node) {
  if (rank == kNone) return;
  const auto entry = static_cast<std::uint32_t>(entries_.size());
  entries_.push_back({node, kNone});
  Bucket& bucket = buckets_[rank];
  if (bucket.first == kNone) {
    bucket.first = entry;
    full_[rank / 64] |= std::uint64_t{1} << rank % 64;
    any_full_[rank / 4096] |= std::uint64_t{1} << rank / 64 % 64;
  } else {
    entries_[bucket.last].next = entry;
  }
  bucket.last = entry;
}

void BpeWorkspace::queue_neighbours(const ByteLevelBpe& bpe) {
  for (std::size_t i = 0; i < merged_.size(); ++i) {
    const std::uint32_t node = merged_[i], previous = previous_[node], next = next_[node];
    if (previous != kNone) queue(bpe.rank(tokens_[previous], tokens_[node]), previous);
    if (next == kNone || (i + 1 < merged_.size() && next == merged_[i + 1])) continue;  // that one looks back
    queue(bpe.rank(tokens_[node], tokens_[next]), node);
  }
}

std::uint32_t BpeWorkspace::lowest_rank() const {
  for (std::size_t i = 0; i < any_full_.size(); ++i) {
    if (any_full_[i] == 0) continue;
    const std::size_t word = 64 * i + static_cast<std::size_t>(std::countr_zero(any_full_[i]));
    return static_cast<std::uint32_t>(64 * word + static_cast<std::size_t>(std::countr_zero(full_[word])));
  }
  return kNone;
}

void BpeWorkspace::take(std::uint32_t rank) {
  taken_.clear();
  for (std::uint32_t e = buckets_[rank].first; e != kNone; e = entries_[e].next) taken_.push_back(entries_[e].node);
  buckets_[rank] = {};
  full_[rank / 64] &= ~(std::uint64_t{1} << rank % 64);
  if (full_[rank / 64] == 0) any_full_[rank / 4096] &= ~(std::uint64_t{1} << rank / 64 % 64);
}

bool BpeWorkspace::merge_at(const ByteLevelBpe::Merge& merge, std::uint32_t node) {
  const std::uint32_t right = next_[node];
  if (tokens_[node] != merge.left || right == kNone || tokens_[right] != merge.right) return false;
  tokens_[node] = merge.product;
  tokens_[right] = kDead;
  next_[node] = next_[right];
  if (next_[node] != kNone) previous_[next_[node]] = node;
  return true;
}

void BpeWorkspace::merge_all(const ByteLevelBpe& bpe, std::uint32_t rank) {
  const ByteLevelBpe::Merge& merge = bpe.merges_[rank];
  take(rank);
  if (!std::is_sorted(taken_.begin(), taken_.end())) std::sort(taken_.begin(), taken_.end());
  merged_.clear();
  std::size_t i = 0;
  while (i < taken_.size() && !(merge.early && !merged_.empty())) {
    if (merge_at(merge, taken_[i])) merged_.push_back(taken_[i]);
    ++i;
  }
  for (; i < taken_.size(); ++i) queue(rank, taken_[i]);
  queue_neighbours(bpe);
}

std::size_t ByteLevelBpe::encode(std::span<const std::uint32_t> symbols, BpeWorkspace& workspace,
                                 std::span<Token> tokens) const {
  workspace.load(*this, symbols);
  workspace.queue_all(*this);
  for (std::uint32_t lowest = workspace.lowest_rank(); lowest != kNone; lowest = workspace.lowest_rank()) {
    workspace.merge_all(*this, lowest);
  }
  std::size_t count = 0;
  for (const std::uint16_t token : std::span(workspace.tokens_).first(workspace.size_)) {
    if (token == kDead) continue;
    assert(count < tokens.size());
    tokens[count++] = token;
  }
  return count;
}

std::vector<Token> ByteLevelBpe::encode_reference(std::span<const std::uint32_t> symbols) const {
  std::vector<std::uint8_t> begins(symbols.size());
  if (words_) gpt2_words(symbols, begins);
  std::vector<std::vector<std::uint32_t>> words(1);
  for (std::size_t i = 0; i < symbols.size(); ++i) {
    if (begins[i] != 0) words.emplace_back();
    std::array<std::uint8_t, 4> utf8{};
    const std::size_t bytes = write_utf8(symbols[i], utf8.data());
    for (std::size_t b = 0; b < bytes; ++b) {
      if (byte_tokens_[utf8[b]] != kNoToken) words.back().push_back(byte_tokens_[utf8[b]]);
    }
  }
  std::vector<Token> out;
  for (std::vector<std::uint32_t>& word : words) {
    while (true) {
      std::uint32_t best = kNone;
      std::size_t at = 0;
      for (std::size_t i = 0; i + 1 < word.size(); ++i) {
        const std::uint32_t r = rank(word[i], word[i + 1]);
        if (r < best) at = i;
        best = std::min(best, r);
      }
      if (best == kNone) break;
      word[at] = merges_[best].product;
      word.erase(word.begin() + static_cast<std::ptrdiff_t>(at) + 1);
    }
    out.insert(out.end(), word.begin(), word.end());
  }
  return out;
}

}  // namespace pianola
