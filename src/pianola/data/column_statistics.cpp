#include "pianola/data/column_statistics.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

namespace pianola {
namespace {

/// Column means of `rows`.
void column_means(std::span<const double> rows, std::vector<double>& mean) {
  const std::size_t columns = mean.size(), n = rows.size() / columns;
  std::fill(mean.begin(), mean.end(), 0.0);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t d = 0; d < columns; ++d) mean[d] += rows[i * columns + d];
  }
  for (double& m : mean) m /= static_cast<double>(n);
}

}  // namespace

ColumnStatistics::ColumnStatistics(std::size_t columns)
    : mean_(columns, 0.0),
      m2_(columns, 0.0),
      min_(columns, std::numeric_limits<double>::infinity()),
      max_(columns, -std::numeric_limits<double>::infinity()),
      at_min_(columns, 0),
      at_max_(columns, 0),
      block_mean_(columns),
      block_m2_(columns) {}

void ColumnStatistics::add(std::span<const double> rows) {
  const std::size_t columns = mean_.size();
  if (columns == 0 || rows.empty()) return;
  assert(rows.size() % columns == 0);
  const std::size_t n = rows.size() / columns;
  column_means(rows, block_mean_);
  std::fill(block_m2_.begin(), block_m2_.end(), 0.0);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t d = 0; d < columns; ++d) {
      const double x = rows[i * columns + d] - block_mean_[d];
      block_m2_[d] += x * x;
    }
  }
  const double weight = static_cast<double>(n) / static_cast<double>(n_ + n);
  for (std::size_t d = 0; d < columns; ++d) {
    const double delta = block_mean_[d] - mean_[d];
    mean_[d] += delta * weight;
    m2_[d] += block_m2_[d] + delta * delta * weight * static_cast<double>(n_);
  }
  add_extremes(rows);
  n_ += n;
}

void ColumnStatistics::add_extremes(std::span<const double> rows) {
  const std::size_t columns = mean_.size();
  for (std::size_t i = 0; i < rows.size(); i += columns) {
    for (std::size_t d = 0; d < columns; ++d) {
      const double x = rows[i + d];
      // Counts restart when an extreme moves.
      at_min_[d] = x < min_[d] ? 1 : at_min_[d] + (x == min_[d]);
      at_max_[d] = x > max_[d] ? 1 : at_max_[d] + (x == max_[d]);
      min_[d] = std::min(min_[d], x);
      max_[d] = std::max(max_[d], x);
    }
  }
}

std::vector<double> ColumnStatistics::deviation() const {
  std::vector<double> result(m2_.size());
  for (std::size_t d = 0; d < result.size(); ++d) result[d] = std::sqrt(m2_[d] / static_cast<double>(n_));
  return result;
}

ColumnCorrelation::ColumnCorrelation(std::size_t columns)
    : mean_a_(columns, 0.0), mean_b_(columns, 0.0), aa_(columns, 0.0), bb_(columns, 0.0), ab_(columns, 0.0) {}

void ColumnCorrelation::add(std::span<const double> a, std::span<const double> b) {
  const std::size_t columns = mean_a_.size();
  if (columns == 0 || a.empty()) return;
  assert(a.size() == b.size() && a.size() % columns == 0);
  const std::size_t n = a.size() / columns;
  std::vector<double> block_a(columns), block_b(columns);
  column_means(a, block_a);
  column_means(b, block_b);
  const double weight = static_cast<double>(n) / static_cast<double>(n_ + n);
  const double between = weight * static_cast<double>(n_);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t d = 0; d < columns; ++d) {
      const double x = a[i * columns + d] - block_a[d], y = b[i * columns + d] - block_b[d];
      aa_[d] += x * x;
      bb_[d] += y * y;
      ab_[d] += x * y;
    }
  }
  for (std::size_t d = 0; d < columns; ++d) {
    const double delta_a = block_a[d] - mean_a_[d], delta_b = block_b[d] - mean_b_[d];
    mean_a_[d] += delta_a * weight;
    mean_b_[d] += delta_b * weight;
    aa_[d] += delta_a * delta_a * between;
    bb_[d] += delta_b * delta_b * between;
    ab_[d] += delta_a * delta_b * between;
  }
  n_ += n;
}

std::vector<double> ColumnCorrelation::correlation() const {
  std::vector<double> result(ab_.size());
  for (std::size_t d = 0; d < result.size(); ++d) {
    const double scale = std::sqrt(aa_[d]) * std::sqrt(bb_[d]);
    result[d] = scale > 0.0 ? std::clamp(ab_[d] / scale, -1.0, 1.0) : std::numeric_limits<double>::quiet_NaN();
  }
  return result;
}

}  // namespace pianola
