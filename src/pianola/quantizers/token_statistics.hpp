// What the tokens of a dataset are like: how many, how often each, how often the same again.
//
// Positions that speak one code are counted together (token_order.hpp): the same dimension of all steps, all steps of a
// codebook of actions, all tokens of FAST. n_c tokens of code c, S_c of its K_c tokens seen:
//
//   entropy     Σ_c n_c · H_c a chunk, H_c = −Σ p̂ log₂ p̂ + (S_c − 1)/(2 n_c ln 2), at most log₂ K_c: the empirical
//               entropy with Miller and Madow's correction of its bias. Tokens are taken one at a time: what they tell
//               of each other, and what a position tells, would lower it
//   perplexity  2^(mean of H_c over tokens)
//   used        Σ S_c / Σ K_c
//   expected    Σ (S_c + f₁(f₁ − 1)/(2(f₂ + 1))) / Σ K_c, f_i the tokens seen i times: with Chao's estimate (a lower
//               bound) of those that the sample was too small to show. Only of codes with n_c ≥ 2 K_c: fewer tokens do
//               not show what is in use
//   repeats     share of tokens that equal their predecessor in time: the same part of the step before, in the chunk or
//               in the one before; where tokens tell of the whole chunk, the same position of the chunk before. The
//               first of a trajectory have none
//
// Sources: Miller, "Note on the bias of information estimates", 1955; Chao, "Nonparametric estimation of the number of
// classes in a population", Scand. J. Statist. 11 (1984).
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
  [[nodiscard]] double entropy_correction() const;               ///< the part of it that corrects the bias
  [[nodiscard]] double perplexity() const;
  [[nodiscard]] double used_fraction() const;
  [[nodiscard]] double expected_fraction() const;  ///< NaN where every code has too few tokens
  [[nodiscard]] double tokens_per_code() const;    ///< the least n_c / K_c
  [[nodiscard]] double repeat_rate() const;        ///< NaN if no token has a predecessor

  /// Σ −log₂ p̂ of the tokens of a chunk that has been added: its mean over chunks is the entropy without correction.
  [[nodiscard]] double code_length(std::span<const Token> tokens) const;

 private:
  /// How often each token of a code was seen: an array as long as the largest token, or a map if the vocabulary is
  /// huge. Memory: at most 8 bytes a token of the vocabulary.
  struct Counts {
    std::uint32_t vocabulary = 1;
    bool sparse = false;
    std::vector<std::uint64_t> dense;
    std::unordered_map<Token, std::uint64_t> map;
    std::uint64_t total = 0;
    void add(Token token);
    [[nodiscard]] std::uint64_t of(Token token) const;
    [[nodiscard]] std::size_t seen(std::uint64_t times) const;  // tokens seen so often; 0: at least once
    [[nodiscard]] double plain_entropy() const;                 // bits
    [[nodiscard]] double entropy() const;                       // corrected
    [[nodiscard]] double expected() const;                      // tokens in use
  };
  struct Place {
    std::size_t code = 0;    // of counts_
    std::size_t before = 0;  // position of the predecessor
    bool in_chunk = false;   // in this chunk, or in the one before
  };
  [[nodiscard]] double token_total() const;
  void count_repeats(std::span<const Token> tokens);

  std::vector<std::uint32_t> vocabularies_;
  std::vector<Place> places_;  // [max_tokens]
  std::vector<Counts> counts_;
  std::vector<Token> previous_;
  std::size_t chunks_ = 0, max_ = 0;
  std::uint64_t repeats_ = 0, followers_ = 0;
};

}  // namespace pianola
