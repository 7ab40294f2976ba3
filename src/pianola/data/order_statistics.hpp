// Exact quantiles, in memory or over a stream that does not fit into it. Never approximate.
//
// Quantile p of n numbers: with r = p (n − 1) and k = ⌊r⌋, x₍ₖ₎ + (r − k)(x₍ₖ₊₁₎ − x₍ₖ₎) (NumPy's default).
//
// In memory: successive partial partitions, O(n). Over a stream: finite doubles are mapped to integers in the same
// order; each pass fixes the next 11 bits of every wanted order statistic by counting those that agree with it so far
// (radix selection), so six passes find them all with 2,048 counters each, whatever n is.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace pianola {

/// values: [n], n ≥ 1, finite; reordered. probabilities in [0, 1], ascending. Returns one quantile for each.
std::vector<double> exact_quantiles(std::span<double> values, std::span<const double> probabilities);

/// Quantiles of each column of a matrix [n × columns] that is streamed kPasses times, the same rows each time.
class StreamedQuantiles {
 public:
  static constexpr int kPasses = 6;

  /// Cost: up to 2 · probabilities · columns · 16 KiB.
  /// @throws UsageError if n is 0 or a probability is outside [0, 1].
  StreamedQuantiles(std::size_t columns, std::size_t n, std::span<const double> probabilities);
  /// rows: [m × columns] row-major, finite: a part of this pass.
  void add(std::span<const double> rows);
  /// Ends a pass. @throws DataError if it did not hold n rows (the stream changed between passes).
  void end_pass();
  /// After kPasses passes: [columns][probabilities].
  [[nodiscard]] std::vector<std::vector<double>> quantiles() const;

 private:
  static constexpr int kDigitBits = 11;
  static constexpr std::size_t kDigits = std::size_t{1} << kDigitBits;

  /// One wanted order statistic of one column.
  struct Target {
    std::uint64_t rank = 0;    // among the numbers whose key begins with `prefix`, from 0
    std::uint64_t prefix = 0;  // the bits found so far, right-aligned
    std::size_t counter = 0;   // which counters it looks at; targets with one prefix share them
  };
  /// The counters of one prefix of one column.
  struct Counter {
    std::uint64_t prefix = 0;
    std::array<std::uint64_t, kDigits> counts{};
  };

  void share_counters(std::size_t column);

  std::size_t columns_, n_, rows_ = 0;
  int pass_ = 0;
  std::vector<double> probabilities_;
  std::vector<std::uint64_t> ranks_;            // wanted, ascending, distinct
  std::vector<std::vector<Target>> targets_;    // [columns][ranks]
  std::vector<std::vector<Counter>> counters_;  // [columns][distinct prefixes, ascending]
};

}  // namespace pianola
