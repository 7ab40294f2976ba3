// What the tokens of a dataset are like: how many, how often each, how often the same again.
//
//   entropy     Σ_p n_p/n · H_p, H_p the empirical entropy of position p in bits over the n_p chunks that reach it
//   perplexity  2^(mean of H_p over tokens)
//   repeats     share of tokens that equal their predecessor in time. Where tokens are scalar (token p is coordinate p
//               of the flattened chunk) that is the same dimension one step before, in the chunk or in the one before;
//               else the same position of the chunk before. The first of a trajectory have none.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "pianola/quantizers/quantizer.hpp"

namespace pianola {

class TokenStatistics {
 public:
  explicit TokenStatistics(const Quantizer& quantizer);

  void begin_trajectory() { previous_.clear(); }
  /// The tokens of the next chunk of the trajectory, as many as it has.
  void add(std::span<const Token> tokens);

  [[nodiscard]] double mean_tokens() const;                      ///< a chunk
  [[nodiscard]] std::size_t max_tokens() const { return max_; }  ///< of a chunk seen
  [[nodiscard]] double bits() const;                             ///< a chunk, mean of Σ log₂ vocabulary
  [[nodiscard]] double entropy() const;                          ///< a chunk, bits
  [[nodiscard]] double perplexity() const;
  [[nodiscard]] double used_fraction() const;  ///< tokens seen / Σ vocabularies
  [[nodiscard]] double repeat_rate() const;    ///< NaN if no token has a predecessor

 private:
  /// How often each token stood at one position: an array as long as the largest token seen, or a map if the
  /// vocabulary is huge. Memory: at most 8 bytes a token of the vocabulary.
  struct Counts {
    bool sparse = false;
    std::vector<std::uint64_t> dense;
    std::unordered_map<Token, std::uint64_t> map;
    std::uint64_t total = 0;
    void add(Token token);
    [[nodiscard]] std::size_t used() const;
    [[nodiscard]] double entropy() const;  // bits
  };
  [[nodiscard]] double token_total() const;
  void count_repeats(std::span<const Token> tokens);

  std::vector<std::uint32_t> vocabularies_;
  std::size_t lag_;  // positions between a token and its predecessor in time
  std::vector<Counts> counts_;
  std::vector<Token> previous_;
  std::size_t chunks_ = 0, max_ = 0;
  std::uint64_t repeats_ = 0, followers_ = 0;
};

}  // namespace pianola
