// Moments and extremes of the columns of a matrix that arrives in blocks of rows; O(columns) memory.
//
// A block's mean and squared deviations are summed in two passes over it, then merged (Chan, Golub, LeVeque 1979):
//   δ = mean_b − mean,  mean += δ n_b / (n + n_b),  M₂ += M₂_b + δ² n n_b / (n + n_b)
// so that a large common offset costs no precision. Blocks in the same order give the same bits.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace pianola {

/// Count, mean, deviation, extremes, and how often the extremes are met exactly.
class ColumnStatistics {
 public:
  explicit ColumnStatistics(std::size_t columns);

  /// rows: [n × columns] row-major, finite.
  void add(std::span<const double> rows);

  [[nodiscard]] std::size_t count() const { return n_; }
  [[nodiscard]] const std::vector<double>& mean() const { return mean_; }
  [[nodiscard]] std::vector<double> deviation() const;  ///< standard deviations, divided by n; NaN for n = 0
  [[nodiscard]] const std::vector<double>& min() const { return min_; }  ///< +∞ for n = 0
  [[nodiscard]] const std::vector<double>& max() const { return max_; }  ///< −∞ for n = 0
  [[nodiscard]] const std::vector<std::size_t>& at_min() const { return at_min_; }
  [[nodiscard]] const std::vector<std::size_t>& at_max() const { return at_max_; }

 private:
  void add_extremes(std::span<const double> rows);

  std::size_t n_ = 0;
  std::vector<double> mean_, m2_, min_, max_;
  std::vector<std::size_t> at_min_, at_max_;
  std::vector<double> block_mean_, block_m2_;  // workspace
};

/// Pearson's correlation of column d of one matrix with column d of another.
class ColumnCorrelation {
 public:
  explicit ColumnCorrelation(std::size_t columns);
  /// a, b: [n × columns] row-major, finite.
  void add(std::span<const double> a, std::span<const double> b);
  /// [columns]; NaN where a column is constant.
  [[nodiscard]] std::vector<double> correlation() const;

 private:
  std::size_t n_ = 0;
  std::vector<double> mean_a_, mean_b_, aa_, bb_, ab_;
};

}  // namespace pianola
