// Learns byte-pair merges, the same as Hugging Face `tokenizers` (BpeTrainer), ties included.
//
// Vocabulary: the characters of all words and of the initial alphabet, by code point; then one token a merge. Again and
// again the pair of adjacent tokens with the largest count is merged everywhere, among equals the one with the smallest
// ids, until the vocabulary is full or the count falls below min_frequency.
//
// Kept from the original, since published tokenizers depend on it:
//   * A text that two pairs make is one token; such a pair may be queued twice, and is then merged twice (the later
//     rank counts). Entries whose pair and count are equal are taken in the order in which they were queued; the
//     original leaves their order to a hash table.
//   * Counts have 32 bits. The count of a merged pair itself is not lowered.
//   * A pair whose token would have max_token_length characters or more is not counted.
//
// Incremental: a merge touches the places where its pair stands, and the counts of their neighbours; the pair comes
// from a priority queue whose entries may be out of date. Source: huggingface/tokenizers, models/bpe/trainer.rs (0.23).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "pianola/quantizers/byte_level_bpe.hpp"

namespace pianola {

/// Words, as bytes, and how often each occurs.
class WordCounts {
 public:
  /// @throws DataError if all different words together have 2³² bytes or more.
  void add(std::string_view word, std::uint64_t count = 1);

  [[nodiscard]] std::size_t size() const { return counts_.size(); }
  [[nodiscard]] std::string_view word(std::size_t i) const {
    return std::string_view(bytes_).substr(begins_[i], begins_[i + 1] - begins_[i]);
  }
  [[nodiscard]] std::uint64_t count(std::size_t i) const { return counts_[i]; }
  [[nodiscard]] std::size_t bytes() const { return bytes_.size(); }

 private:
  [[nodiscard]] std::size_t find(std::string_view word, std::uint32_t hash) const;
  void grow();

  std::string bytes_;                     // of all words, one after the other
  std::vector<std::uint32_t> begins_{0};  // [size + 1]
  std::vector<std::uint64_t> counts_;     // [size]
  std::vector<std::uint32_t> hashes_;     // [size]
  std::vector<std::uint32_t> slots_;      // open addressing: number of a word + 1, or 0
};

struct BpeTrainerOptions {
  std::size_t vocabulary = 1024;  ///< tokens at most, unless the alphabet alone has more
  std::uint64_t min_frequency = 2;
  std::size_t max_token_length = 10000;  ///< characters
  std::u32string alphabet = {};          ///< characters that are tokens whether they occur or not
};

/// words: their bytes stand as characters (byte_character). Memory: about 12 bytes a byte of different words.
/// @throws UsageError unless 1 ≤ vocabulary ≤ ByteLevelBpe::kMaxTokens, or if the alphabet alone has more tokens.
BpeModel train_bpe(const WordCounts& words, const BpeTrainerOptions& options);

/// The slow, obvious reference: counts all pairs again before each merge. Equal to train_bpe() wherever no text is made
/// by two pairs.
BpeModel train_bpe_reference(const WordCounts& words, const BpeTrainerOptions& options);

}  // namespace pianola
