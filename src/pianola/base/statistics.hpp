// Estimates with intervals. Everything that the toolkit reports from samples is an `Estimate`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "pianola/base/random.hpp"

namespace pianola {

/// A number from n samples with a 95 % interval [low, high]; NaN where it does not exist (n = 0, or n = 1 for
/// low/high).
struct Estimate {
  double value = 0.0, low = 0.0, high = 0.0;
  std::size_t n = 0;
};

/// Online mean and variance (Welford), mergeable (Chan et al.). Merging in block order gives the same bits for any
/// number of threads. O(1) memory.
class RunningMean {
 public:
  void add(double x);
  void merge(const RunningMean& other);
  [[nodiscard]] std::size_t count() const { return n_; }
  [[nodiscard]] double mean() const { return mean_; }
  [[nodiscard]] double variance() const;  ///< unbiased; NaN for n < 2
  /// Student-t interval of the mean. @throws UsageError for a confidence outside (0, 1).
  [[nodiscard]] Estimate estimate(double confidence = 0.95) const;

 private:
  std::size_t n_ = 0;
  double mean_ = 0.0, m2_ = 0.0;
};

/// Mean with Student-t interval. samples: [n]. @throws UsageError for a confidence outside (0, 1).
Estimate mean_estimate(std::span<const double> samples, double confidence = 0.95);

/// Mean of a[i] − b[i] with Student-t interval.
/// @throws UsageError if the lengths differ; for a confidence outside (0, 1).
Estimate paired_difference(std::span<const double> a, std::span<const double> b, double confidence = 0.95);

/// Percentile bootstrap of `statistic` over resamples of `samples`. Cost: resamples calls, one n-array.
/// @throws UsageError for a confidence outside (0, 1); if resamples is 0.
Estimate bootstrap(std::span<const double> samples, double (*statistic)(std::span<const double>), const NoiseKey& key,
                   std::size_t resamples = 2000, double confidence = 0.95);

/// Exact (Clopper–Pearson) interval of a probability from k successes in n trials.
/// @throws UsageError if k > n; for a confidence outside (0, 1).
Estimate clopper_pearson(std::size_t k, std::size_t n, double confidence = 0.95);

/// Least squares of log y on log x: exponent with Student-t interval, and intercept.
struct SlopeFit {
  Estimate slope;
  double intercept = 0.0;
};
/// @throws UsageError unless there are ≥ 3 points, all positive and not all x equal; for a confidence outside (0, 1).
SlopeFit fit_log_log(std::span<const double> x, std::span<const double> y, double confidence = 0.95);

/// Quantile by linear interpolation of the order statistics (NumPy's default). Sorts a copy. NaN for none, or where
/// a sample is NaN. @throws UsageError unless p in [0, 1].
double quantile(std::span<const double> samples, double p);

}  // namespace pianola
