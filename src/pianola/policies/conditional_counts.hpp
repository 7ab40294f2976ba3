// Tabular log-loss learning (docs/theory.md §2): how often each outcome was seen in each context.
//
//   π̂(k | c) = n(c, k) / Σ_k' n(c, k'),   uniform where c was never seen
//
// the exact maximiser of Σ log π(k_i | c_i) over all laws. A context is a state, a state at a step, a state and a token
// (then outcomes are next states): any number that the caller gives it. Counts are exact in double up to 2⁵³.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace pianola {

class ConditionalCounts {
 public:
  /// All counts 0. contexts, outcomes ≥ 1.
  ConditionalCounts(std::size_t contexts, std::size_t outcomes);

  /// One observation each. contexts, outcomes: equally many. Cost: an addition each, no allocation.
  /// @throws UsageError naming the first number out of range; nothing is added then.
  void add(std::span<const std::uint32_t> contexts, std::span<const std::uint32_t> outcomes);
  void clear();

  [[nodiscard]] std::size_t contexts() const { return contexts_; }
  [[nodiscard]] std::size_t outcomes() const { return outcomes_; }
  [[nodiscard]] std::span<const double> counts() const { return counts_; }  ///< [contexts × outcomes]
  /// Of a context, how often it was seen.
  [[nodiscard]] double seen(std::size_t context) const;
  /// out: [contexts × outcomes], count ratios, uniform rows where nothing was seen. Cost: a pass over the table.
  void ratios(std::span<double> out) const;
  [[nodiscard]] std::vector<double> ratios() const;

 private:
  std::size_t contexts_, outcomes_;
  std::vector<double> counts_;
};

/// Σ n(c, k) log law(k | c), nats: the log-likelihood of what was counted; −∞ where something seen has probability 0.
/// law: [contexts × outcomes].
double log_likelihood(const ConditionalCounts& counts, std::span<const double> law);

}  // namespace pianola
