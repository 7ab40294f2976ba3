#include "pianola/base/statistics.hpp"

#include <algorithm>
#include <boost/math/distributions/beta.hpp>
#include <cmath>
#include <limits>
#include <string>

#include "pianola/base/error.hpp"
#include "pianola/base/student_t.hpp"

namespace pianola {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

void check_confidence(double confidence) {
  if (!(confidence > 0.0 && confidence < 1.0)) {
    throw UsageError("confidence must lie strictly between 0 and 1, not at " + std::to_string(confidence));
  }
}

void check_fit_data(std::span<const double> x, std::span<const double> y) {
  if (x.size() != y.size() || x.size() < 3) {
    throw UsageError("log-log fit: needs at least 3 points (x, y), got " + std::to_string(x.size()) + " x and " +
                     std::to_string(y.size()) + " y");
  }
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (!(x[i] > 0.0 && y[i] > 0.0 && std::isfinite(x[i]) && std::isfinite(y[i]))) {
      throw UsageError("log-log fit: point " + std::to_string(i) + " is (" + std::to_string(x[i]) + ", " +
                       std::to_string(y[i]) + "); both must be positive and finite");
    }
  }
  if (std::all_of(x.begin(), x.end(), [&](double v) { return v == x[0]; })) {
    throw UsageError("log-log fit: all " + std::to_string(x.size()) + " x are " + std::to_string(x[0]) +
                     "; a slope needs two different ones");
  }
}

/// Interpolated order statistic of sorted, non-empty values.
double sorted_quantile(std::span<const double> sorted, double p) {
  const double position = p * static_cast<double>(sorted.size() - 1);
  const auto i = std::min(static_cast<std::size_t>(position), sorted.size() - 1);
  const double share = position - static_cast<double>(i);
  const double a = sorted[i], b = sorted[std::min(i + 1, sorted.size() - 1)];
  if (share == 0.0 || a == b) return a;  // also keeps ∞ − ∞ out
  return share < 0.5 ? a + (b - a) * share : b - (b - a) * (1.0 - share);
}

}  // namespace

void RunningMean::add(double x) {
  ++n_;
  const double delta = x - mean_;
  mean_ += delta / static_cast<double>(n_);
  m2_ += delta * (x - mean_);
}

void RunningMean::merge(const RunningMean& other) {
  if (other.n_ == 0) return;
  if (n_ == 0) {
    *this = other;
    return;
  }
  const auto a = static_cast<double>(n_), b = static_cast<double>(other.n_);
  const double delta = other.mean_ - mean_;
  mean_ += delta * (b / (a + b));
  m2_ += other.m2_ + delta * delta * (a * (b / (a + b)));
  n_ += other.n_;
}

double RunningMean::variance() const { return n_ < 2 ? kNaN : m2_ / static_cast<double>(n_ - 1); }

Estimate RunningMean::estimate(double confidence) const {
  check_confidence(confidence);
  if (n_ == 0) return {kNaN, kNaN, kNaN, 0};
  if (n_ == 1 || !std::isfinite(m2_)) return {mean_, kNaN, kNaN, n_};
  const auto n = static_cast<double>(n_);
  const double half = student_t(n - 1.0, confidence) * std::sqrt(variance() / n);
  return {mean_, mean_ - half, mean_ + half, n_};
}

Estimate mean_estimate(std::span<const double> samples, double confidence) {
  RunningMean mean;
  for (const double x : samples) mean.add(x);
  return mean.estimate(confidence);
}

Estimate paired_difference(std::span<const double> a, std::span<const double> b, double confidence) {
  if (a.size() != b.size()) {
    throw UsageError("paired difference: needs as many a as b, got " + std::to_string(a.size()) + " and " +
                     std::to_string(b.size()));
  }
  RunningMean mean;
  for (std::size_t i = 0; i < a.size(); ++i) mean.add(a[i] - b[i]);
  return mean.estimate(confidence);
}

Estimate bootstrap(std::span<const double> samples, double (*statistic)(std::span<const double>), const NoiseKey& key,
                   std::size_t resamples, double confidence) {
  check_confidence(confidence);
  if (resamples == 0) throw UsageError("bootstrap: needs at least one resample, got 0");
  const std::size_t n = samples.size();
  if (n == 0) return {kNaN, kNaN, kNaN, 0};
  const double value = statistic(samples);
  if (n == 1) return {value, kNaN, kNaN, 1};
  std::vector<double> resample(n), values(resamples);
  const auto size = static_cast<double>(n);
  for (std::size_t r = 0; r < resamples; ++r) {
    for (std::size_t i = 0; i < n; ++i) {
      const double u = uniform(key, r, static_cast<std::uint32_t>(i >> 32), static_cast<std::uint32_t>(i));
      resample[i] = samples[std::min(static_cast<std::size_t>(u * size), n - 1)];
    }
    values[r] = statistic(resample);
  }
  const double tail = (1.0 - confidence) / 2.0;
  return {value, quantile(values, tail), quantile(values, 1.0 - tail), n};
}

Estimate clopper_pearson(std::size_t k, std::size_t n, double confidence) {
  check_confidence(confidence);
  if (k > n) {
    throw UsageError("Clopper–Pearson: successes must not exceed trials, got " + std::to_string(k) + " of " +
                     std::to_string(n));
  }
  if (n == 0) return {kNaN, kNaN, kNaN, 0};
  const auto successes = static_cast<double>(k), failures = static_cast<double>(n - k);
  const double tail = (1.0 - confidence) / 2.0;
  using Beta = boost::math::beta_distribution<>;
  const double low = k == 0 ? 0.0 : boost::math::quantile(Beta(successes, failures + 1.0), tail);
  const double high =
      k == n ? 1.0 : boost::math::quantile(boost::math::complement(Beta(successes + 1.0, failures), tail));
  return {successes / static_cast<double>(n), low, high, n};
}

SlopeFit fit_log_log(std::span<const double> x, std::span<const double> y, double confidence) {
  check_confidence(confidence);
  check_fit_data(x, y);
  const std::size_t n = x.size();
  RunningMean x_mean, y_mean;
  for (std::size_t i = 0; i < n; ++i) {
    x_mean.add(std::log(x[i]));
    y_mean.add(std::log(y[i]));
  }
  double sxx = 0.0, sxy = 0.0;
  for (std::size_t i = 0; i < n; ++i) {
    const double dx = std::log(x[i]) - x_mean.mean();
    sxx += dx * dx;
    sxy += dx * (std::log(y[i]) - y_mean.mean());
  }
  const double slope = sxy / sxx, intercept = y_mean.mean() - slope * x_mean.mean();
  double residual = 0.0;
  for (std::size_t i = 0; i < n; ++i) {
    const double r = std::log(y[i]) - intercept - slope * std::log(x[i]);
    residual += r * r;
  }
  const auto degrees = static_cast<double>(n - 2);
  const double half = student_t(degrees, confidence) * std::sqrt(residual / degrees / sxx);
  return {{slope, slope - half, slope + half, n}, intercept};
}

double quantile(std::span<const double> samples, double p) {
  if (!(p >= 0.0 && p <= 1.0)) throw UsageError("quantile: p must lie in [0, 1], not at " + std::to_string(p));
  const bool undefined = std::any_of(samples.begin(), samples.end(), [](double x) { return std::isnan(x); });
  if (samples.empty() || undefined) return kNaN;
  std::vector<double> sorted(samples.begin(), samples.end());
  std::sort(sorted.begin(), sorted.end());
  return sorted_quantile(sorted, p);
}

}  // namespace pianola
