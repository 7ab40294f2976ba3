// The law of one token: softmax of logits at a temperature, over the tokens that a grammar admits, and its truncations.
//
//   p_k ∝ exp((ℓ_k − max ℓ) / T) over admitted k;  top_k: over the k most likely of them;  top_p: over the fewest most
//   likely ones whose probabilities (after top_k) add up to at least p. Ties go to the smaller token.
//
// Source of top_p: Holtzman et al., The Curious Case of Neural Text Degeneration, arXiv:1904.09751, §3.1.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "pianola/quantizers/quantizer.hpp"

namespace pianola {

/// Of a position; 0 without positions.
std::size_t largest_vocabulary(std::span<const std::uint32_t> vocabularies);

/// Whether each token stands for one number of the chunk alone (Quantizer::levels at every position): the codebook is
/// then a product of levels, any combination of tokens is admitted, and given numbers can be forced as tokens.
bool tokens_are_coordinates(const Quantizer& quantizer);

class TokenLaw {
 public:
  /// vocabulary: the largest that will be set.
  explicit TokenLaw(std::size_t vocabulary);

  /// Which tokens are admitted, for set(..., true) to read: [vocabulary].
  [[nodiscard]] std::span<bool> mask(std::size_t vocabulary) { return {mask_.get(), vocabulary}; }

  /// The softmax over the tokens that the mask admits (all, if it is not used). The logits must stay.
  /// False where there is no law: an admitted logit is NaN or +∞, or all are −∞.
  bool set(std::span<const float> logits, double temperature, bool masked);
  /// top_k: 0 keeps all; top_p: in (0, 1].
  void truncate(std::size_t top_k, double top_p);

  /// The first most likely token.
  [[nodiscard]] Token most_likely() const { return static_cast<Token>(best_); }
  /// Inverse distribution function in token order: the first k with w_0 + … + w_k > u·Σ w. u in (0, 1).
  [[nodiscard]] Token at_quantile(double u) const;
  [[nodiscard]] double mean(std::span<const float> levels) const;
  [[nodiscard]] double log_probability(Token k) const;
  /// Whether a token is admitted and weighs anything.
  [[nodiscard]] bool has(Token k) const { return weights_[k] > 0.0F; }
  [[nodiscard]] std::size_t vocabulary() const { return logits_.size(); }

 private:
  void sum_weights();
  std::vector<float> weights_;
  std::unique_ptr<bool[]> mask_;
  std::vector<Token> order_;  // scratch: tokens, the most likely first
  std::span<const float> logits_;
  std::size_t best_ = 0;
  double inverse_temperature_ = 1.0, total_ = 0.0;
};

}  // namespace pianola
