// Exact quantiles in memory, and what exact quantiles are made of.
//
// Quantile p of n numbers: with r = p (n − 1) and k = ⌊r⌋, x₍ₖ₎ + (r − k)(x₍ₖ₊₁₎ − x₍ₖ₎) (NumPy's default).
// Successive partial partitions, O(n). Over a stream: streamed_quantiles.hpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace pianola {

/// Where a quantile stands among order statistics, counted from 0.
struct QuantileRank {
  std::uint64_t below = 0;
  double share = 0.0;  ///< of the step to the next one, which counts only if this is positive

  /// p in [0, 1], n ≥ 1.
  QuantileRank(double p, std::size_t n);
  /// The quantile; `next` is of no account if share is 0.
  [[nodiscard]] double between(double statistic, double next) const;
};

/// Ascending, distinct ranks of all order statistics that the quantiles of n numbers need. probabilities: any order.
std::vector<std::uint64_t> needed_ranks(std::span<const double> probabilities, std::size_t n);

/// Puts the order statistics of these ranks (ascending, below values.size()) to their places; finite values. O(n).
void place_ranks(std::span<double> values, std::span<const std::uint64_t> ranks);

/// values: [n], n ≥ 1; reordered. probabilities in [0, 1]. Returns one quantile for each; NaN if a value is.
std::vector<double> exact_quantiles(std::span<double> values, std::span<const double> probabilities);

}  // namespace pianola
