#include "pianola/quantizers/bpe_trainer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <queue>
#include <set>
#include <unordered_map>
#include <utility>

#include "pianola/base/error.hpp"

namespace pianola {
namespace {

using Id = std::uint16_t;
constexpr Id kEnd = 0xFFFF;   // the cell behind a word
constexpr Id kDead = 0xFFFE;  // a cell whose character belongs to a token on its left
using Pair = std::uint32_t;

constexpr Pair pair_of(Id left, Id right) { return Pair{left} << 16 | right; }
constexpr Id left_of(Pair pair) { return static_cast<Id>(pair >> 16); }
constexpr Id right_of(Pair pair) { return static_cast<Id>(pair); }

/// The vocabulary while it grows.
struct Vocabulary {
  std::vector<std::u32string> tokens;
  std::unordered_map<std::u32string, Id> ids;

  Id add(const std::u32string& text) {
    const auto [found, added] = ids.emplace(text, static_cast<Id>(tokens.size()));
    if (added) tokens.push_back(text);
    return found->second;
  }
};

Vocabulary initial_vocabulary(const WordCounts& words, const BpeTrainerOptions& options) {
  std::set<char32_t> characters(options.alphabet.begin(), options.alphabet.end());
  std::array<bool, 256> seen{};
  for (std::size_t i = 0; i < words.size(); ++i) {
    for (const char byte : words.word(i)) seen[static_cast<std::uint8_t>(byte)] = true;
  }
  for (std::size_t byte = 0; byte < 256; ++byte) {
    if (seen[byte]) characters.insert(byte_character(static_cast<std::uint8_t>(byte)));
  }
  if (options.vocabulary < 1 || std::max(options.vocabulary, characters.size()) > ByteLevelBpe::kMaxTokens) {
    throw UsageError(fmt::format("byte-pair encoding: a vocabulary must have 1 … {} tokens, not {} with {} characters",
                                 ByteLevelBpe::kMaxTokens, options.vocabulary, characters.size()));
  }
  Vocabulary vocabulary;
  for (const char32_t c : characters) vocabulary.add(std::u32string(1, c));
  return vocabulary;
}

/// All words in cells: the first cell of a token holds its id, the others of it are dead, and kEnd closes a word.
/// Words stand by descending count, so that few numbers tell the count of any cell.
class Corpus {
 public:
  Corpus(const WordCounts& words, const Vocabulary& vocabulary) {
    std::vector<std::uint32_t> order(words.size());
    std::iota(order.begin(), order.end(), 0U);
    std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return words.count(a) > words.count(b); });
    std::array<Id, 256> ids{};
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const auto found = vocabulary.ids.find(std::u32string(1, byte_character(static_cast<std::uint8_t>(byte))));
      ids[byte] = found == vocabulary.ids.end() ? kEnd : found->second;
    }
    cells_.reserve(words.bytes() + words.size() + 1);
    cells_.push_back(kEnd);
    for (const std::uint32_t i : order) {
      if (counts_.empty() || counts_.back() != words.count(i)) {
        segments_.push_back(static_cast<std::uint32_t>(cells_.size()));
        counts_.push_back(words.count(i));
      }
      for (const char byte : words.word(i)) cells_.push_back(ids[static_cast<std::uint8_t>(byte)]);
      cells_.push_back(kEnd);
    }
    lengths_.assign(cells_.size(), 1);
    token_lengths_.assign(vocabulary.tokens.size(), 1);
  }

  [[nodiscard]] std::size_t size() const { return cells_.size(); }
  [[nodiscard]] Id at(std::size_t cell) const { return cells_[cell]; }
  [[nodiscard]] std::size_t length(Id token) const { return token_lengths_[token]; }
  [[nodiscard]] std::uint32_t next(std::uint32_t cell) const { return cell + token_lengths_[cells_[cell]]; }
  /// The first cell of the token before `cell`, or of the kEnd before the word.
  [[nodiscard]] std::uint32_t previous(std::uint32_t cell) const { return cell - lengths_[cell - 1]; }
  [[nodiscard]] bool is_pair(std::uint32_t cell, Id left, Id right) const {
    return cells_[cell] == left && cells_[next(cell)] == right;
  }

  /// How often the word of this cell occurs.
  [[nodiscard]] std::uint64_t count(std::uint32_t cell) const {
    if (cell >= segments_.back()) return counts_.back();
    const auto behind = std::upper_bound(segments_.begin(), segments_.end(), cell);
    return counts_[static_cast<std::size_t>(behind - segments_.begin()) - 1];
  }

  void set_length(Id token, std::size_t length) {
    if (token >= token_lengths_.size()) token_lengths_.resize(token + std::size_t{1});
    token_lengths_[token] = static_cast<std::uint32_t>(length);
  }

  /// The token at `cell` and the next become `product`, whose length is known.
  void merge(std::uint32_t cell, Id product) {
    cells_[next(cell)] = kDead;
    cells_[cell] = product;
    lengths_[cell + token_lengths_[product] - 1] = token_lengths_[product];
  }

  /// All cells where the pair stands in the words of the given cells, ascending.
  [[nodiscard]] std::vector<std::uint32_t> in_words_of(const std::vector<std::uint32_t>& cells, Id left,
                                                       Id right) const {
    std::vector<std::uint32_t> found;
    std::uint32_t end = 0;
    for (const std::uint32_t cell : cells) {
      if (cell < end) continue;
      std::uint32_t at = cell;
      while (cells_[at - 1] != kEnd) --at;
      for (; cells_[at] != kEnd; at = next(at)) {
        if (is_pair(at, left, right)) found.push_back(at);
      }
      end = at;
    }
    return found;
  }

 private:
  std::vector<Id> cells_;
  std::vector<std::uint32_t> lengths_;  // at the last cell of a token: how many cells it has
  std::vector<std::uint32_t> token_lengths_;
  std::vector<std::uint32_t> segments_;  // the first cells of words of one count
  std::vector<std::uint64_t> counts_;    // of the segments
};

/// A pair in the queue, with the places where it came up.
struct Candidate {
  std::uint64_t count;
  Pair pair;
  std::uint64_t number;  // in order of queueing
  std::uint32_t places;  // index of a list of cells
};

struct LaterFirst {
  bool operator()(const Candidate& a, const Candidate& b) const {
    if (a.count != b.count) return a.count < b.count;
    return a.pair != b.pair ? a.pair > b.pair : a.number > b.number;
  }
};

class Trainer {
 public:
  Trainer(const WordCounts& words, const BpeTrainerOptions& options)
      : options_(options), vocabulary_(initial_vocabulary(words, options)), corpus_(words, vocabulary_) {}

  BpeModel run() {
    count_pairs();
    while (vocabulary_.tokens.size() < options_.vocabulary && !queue_.empty()) {
      Candidate top = queue_.top();
      queue_.pop();
      const std::uint64_t count = widened(pairs_[top.pair].count);
      if (top.count != count) {
        top.count = count;
        queue_.push(top);
        continue;
      }
      if (top.count < 1 || top.count < options_.min_frequency) break;
      merge(top);
    }
    return {std::move(vocabulary_.tokens), std::move(merges_)};
  }

 private:
  struct PairState {
    std::int32_t count = 0;
    std::uint32_t queued = 0;  // candidates of this pair in the queue
  };
  /// What one merge changes beside one kind of neighbour, by the neighbour's id.
  struct Side {
    std::vector<std::int64_t> lost, gained;          // of the pair with the old token, and with the new one
    std::vector<std::vector<std::uint32_t>> places;  // of the new pairs
  };

  /// As the original compares counts: of 32 bits, widened with their sign.
  static std::uint64_t widened(std::int32_t count) { return static_cast<std::uint64_t>(std::int64_t{count}); }

  static void add(std::int32_t& count, std::int64_t change) {
    count = static_cast<std::int32_t>(static_cast<std::uint32_t>(count) + static_cast<std::uint32_t>(change));
  }

  void push(Pair pair, std::vector<std::uint32_t> places) {
    PairState& state = pairs_[pair];
    if (state.count <= 0) return;
    ++state.queued;
    queue_.push({widened(state.count), pair, number_++, static_cast<std::uint32_t>(places_.size())});
    places_.push_back(std::move(places));
  }

  void count_pairs() {
    std::vector<std::uint16_t> index(vocabulary_.tokens.size(), 256);  // of the at most 256 tokens that occur
    std::uint16_t kinds = 0;
    std::vector<std::vector<std::uint32_t>> places(256 * 256);
    std::vector<std::int64_t> counts(256 * 256);
    const auto index_of = [&](Id token) { return index[token] < 256 ? index[token] : (index[token] = kinds++); };
    for (std::uint32_t cell = 1; cell + 1 < corpus_.size(); ++cell) {
      const Id left = corpus_.at(cell), right = corpus_.at(cell + 1);
      if (left == kEnd || right == kEnd) continue;
      const std::size_t at = index_of(left) * std::size_t{256} + index_of(right);
      counts[at] += static_cast<std::int64_t>(corpus_.count(cell));
      places[at].push_back(cell);
    }
    for (std::size_t at = 0; at < places.size(); ++at) {
      if (places[at].empty()) continue;
      const std::uint32_t first = places[at].front();
      const Pair pair = pair_of(corpus_.at(first), corpus_.at(first + 1));
      add(pairs_[pair].count, counts[at]);
      push(pair, std::move(places[at]));
    }
  }

  void merge(const Candidate& top) {
    const Id left = left_of(top.pair), right = right_of(top.pair);
    const Id product = vocabulary_.add(vocabulary_.tokens[left] + vocabulary_.tokens[right]);
    merges_.push_back({left, right});
    corpus_.set_length(product, corpus_.length(left) + corpus_.length(right));
    for (Side* side : {&before_, &after_}) {
      side->lost.resize(vocabulary_.tokens.size());
      side->gained.resize(vocabulary_.tokens.size());
      side->places.resize(vocabulary_.tokens.size());
    }
    std::vector<std::uint32_t> cells = std::move(places_[top.places]);
    places_[top.places] = {};
    // A second candidate of the pair knows places of its own in these words; they are merged as well.
    if (pairs_[top.pair].queued-- > 1) cells = corpus_.in_words_of(cells, left, right);
    for (const std::uint32_t cell : cells) merge_at(cell, left, right, product);
    apply(left, right, product);
  }

  void merge_at(std::uint32_t cell, Id left, Id right, Id product) {
    if (!corpus_.is_pair(cell, left, right)) return;
    const auto count = static_cast<std::int64_t>(corpus_.count(cell));
    const std::uint32_t behind = corpus_.next(corpus_.next(cell)), before = corpus_.previous(cell);
    const Id x = corpus_.at(before), y = corpus_.at(behind);
    corpus_.merge(cell, product);
    const std::size_t size = corpus_.length(product);
    if (x != kEnd) {
      touch(before_, x, count, corpus_.length(x) + size < options_.max_token_length, before);
    }
    if (y != kEnd) {
      touch(after_, y, count, corpus_.length(y) + size < options_.max_token_length, cell);
    }
  }

  static void touch(Side& side, Id neighbour, std::int64_t count, bool fits, std::uint32_t place) {
    side.lost[neighbour] += count;
    if (!fits) return;
    side.gained[neighbour] += count;
    side.places[neighbour].push_back(place);
  }

  void apply(Id left, Id right, Id product) {
    for (std::size_t i = 0; i < vocabulary_.tokens.size(); ++i) {
      const Id x = static_cast<Id>(i);
      if (before_.lost[i] != 0) add(pairs_[pair_of(x, left)].count, -std::exchange(before_.lost[i], 0));
      if (before_.gained[i] != 0) add(pairs_[pair_of(x, product)].count, std::exchange(before_.gained[i], 0));
      if (after_.lost[i] != 0) add(pairs_[pair_of(right, x)].count, -std::exchange(after_.lost[i], 0));
      if (after_.gained[i] != 0) add(pairs_[pair_of(product, x)].count, std::exchange(after_.gained[i], 0));
    }
    auto& both = before_.places[product];  // of the pair of two products
    const auto& more = std::exchange(after_.places[product], {});
    if (!more.empty()) {
      both.insert(both.end(), more.begin(), more.end());
      std::sort(both.begin(), both.end());
    }
    for (std::size_t i = 0; i < vocabulary_.tokens.size(); ++i) {
      const Id x = static_cast<Id>(i);
      if (!before_.places[i].empty()) push(pair_of(x, product), std::exchange(before_.places[i], {}));
      if (!after_.places[i].empty()) push(pair_of(product, x), std::exchange(after_.places[i], {}));
    }
  }

  const BpeTrainerOptions& options_;
  Vocabulary vocabulary_;
  Corpus corpus_;
  std::vector<std::array<Token, 2>> merges_;
  std::unordered_map<Pair, PairState> pairs_;
  std::priority_queue<Candidate, std::vector<Candidate>, LaterFirst> queue_;
  std::vector<std::vector<std::uint32_t>> places_;
  std::uint64_t number_ = 0;
  Side before_, after_;
};

std::uint32_t hash_of(std::string_view word) {
  const std::uint64_t h = std::hash<std::string_view>{}(word);
  return static_cast<std::uint32_t>(h ^ h >> 32);
}

}  // namespace

// ---------------------------------------------------------------- words

std::size_t WordCounts::find(std::string_view text, std::uint32_t hash) const {
  std::size_t at = hash & (slots_.size() - 1);
  for (; slots_[at] != 0; at = (at + 1) & (slots_.size() - 1)) {
    const std::size_t i = slots_[at] - 1;
    if (hashes_[i] == hash && word(i) == text) break;
  }
  return at;
}

void WordCounts::grow() {
  slots_.assign(std::max<std::size_t>(1024, 2 * slots_.size()), 0);
  for (std::size_t i = 0; i < size(); ++i) {
    std::size_t at = hashes_[i] & (slots_.size() - 1);
    while (slots_[at] != 0) at = (at + 1) & (slots_.size() - 1);
    slots_[at] = static_cast<std::uint32_t>(i) + 1;
  }
}

void WordCounts::add(std::string_view text, std::uint64_t count) {
  if (2 * (size() + 1) > slots_.size()) grow();
  const std::uint32_t hash = hash_of(text);
  std::uint32_t& slot = slots_[find(text, hash)];
  if (slot != 0) {
    counts_[slot - 1] += count;
    return;
  }
  if (bytes_.size() + size() + text.size() + 2 > 0xFFFFFFFF) {
    throw DataError("byte-pair encoding: different words have 2³² bytes or more; take fewer");
  }
  bytes_ += text;
  begins_.push_back(static_cast<std::uint32_t>(bytes_.size()));
  counts_.push_back(count);
  hashes_.push_back(hash);
  slot = static_cast<std::uint32_t>(size());
}

BpeModel train_bpe(const WordCounts& words, const BpeTrainerOptions& options) { return Trainer(words, options).run(); }

// ---------------------------------------------------------------- reference

BpeModel train_bpe_reference(const WordCounts& words, const BpeTrainerOptions& options) {
  Vocabulary vocabulary = initial_vocabulary(words, options);
  std::vector<std::vector<Id>> texts;
  for (std::size_t i = 0; i < words.size(); ++i) {
    texts.emplace_back();
    for (const char byte : words.word(i)) {
      texts.back().push_back(vocabulary.add(std::u32string(1, byte_character(static_cast<std::uint8_t>(byte)))));
    }
  }
  std::vector<std::array<Token, 2>> merges;
  while (vocabulary.tokens.size() < options.vocabulary) {
    std::map<Pair, std::uint64_t> counts;
    for (std::size_t i = 0; i < texts.size(); ++i) {
      for (std::size_t j = 0; j + 1 < texts[i].size(); ++j) {
        const Id left = texts[i][j], right = texts[i][j + 1];
        const std::size_t length = vocabulary.tokens[left].size() + vocabulary.tokens[right].size();
        if (length == 2 || length < options.max_token_length) counts[pair_of(left, right)] += words.count(i);
      }
    }
    const auto best = std::max_element(counts.begin(), counts.end(),
                                       [](const auto& a, const auto& b) { return a.second < b.second; });
    if (best == counts.end() || best->second < std::max<std::uint64_t>(options.min_frequency, 1)) break;
    const Id left = left_of(best->first), right = right_of(best->first);
    const Id product = vocabulary.add(vocabulary.tokens[left] + vocabulary.tokens[right]);
    merges.push_back({left, right});
    for (std::vector<Id>& text : texts) {
      std::vector<Id> merged;
      for (std::size_t j = 0; j < text.size(); ++j) {
        const bool here = j + 1 < text.size() && text[j] == left && text[j + 1] == right;
        merged.push_back(here ? product : text[j]);
        j += here ? 1 : 0;
      }
      text = std::move(merged);
    }
  }
  return {std::move(vocabulary.tokens), std::move(merges)};
}

}  // namespace pianola
