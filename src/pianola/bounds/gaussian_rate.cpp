#include "pianola/bounds/gaussian_rate.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

#include "pianola/base/error.hpp"

namespace pianola {
namespace {

/// The positive variances, largest first.
std::vector<double> positive(std::span<const double> variances) {
  std::vector<double> sorted;
  for (const double v : variances) {
    if (!(v >= 0.0 && std::isfinite(v))) {
      throw UsageError("Gaussian rate: a variance must be a finite number ≥ 0, not " + std::to_string(v));
    }
    if (v > 0.0) sorted.push_back(v);
  }
  std::sort(sorted.begin(), sorted.end(), std::greater<>());
  return sorted;
}

double sum(std::span<const double> values) { return std::accumulate(values.begin(), values.end(), 0.0); }

}  // namespace

double gaussian_distortion(std::span<const double> variances, double bits) {
  if (!(bits >= 0.0)) throw UsageError("Gaussian rate: bits must be a number ≥ 0, not " + std::to_string(bits));
  const std::vector<double> sorted = positive(variances);
  double logs = 0.0;
  for (std::size_t k = 1; k <= sorted.size(); ++k) {  // the k largest stand above the water
    logs += std::log2(sorted[k - 1]);
    const double level = std::exp2((logs - 2.0 * bits) / static_cast<double>(k));
    const double next = k < sorted.size() ? sorted[k] : 0.0;
    if (level >= next) return static_cast<double>(k) * level + sum(std::span(sorted).subspan(k));
  }
  return 0.0;
}

double gaussian_rate(std::span<const double> variances, double distortion) {
  if (!(distortion >= 0.0)) {
    throw UsageError("Gaussian rate: the distortion must be a number ≥ 0, not " + std::to_string(distortion));
  }
  const std::vector<double> sorted = positive(variances);
  if (distortion >= sum(sorted)) return 0.0;
  if (distortion == 0.0) return std::numeric_limits<double>::infinity();
  double logs = 0.0;
  for (std::size_t k = 1; k <= sorted.size(); ++k) {
    logs += std::log2(sorted[k - 1]);
    const double level = (distortion - sum(std::span(sorted).subspan(k))) / static_cast<double>(k);
    const double next = k < sorted.size() ? sorted[k] : 0.0;
    if (level >= next && level > 0.0) return 0.5 * (logs - static_cast<double>(k) * std::log2(level));
  }
  return std::numeric_limits<double>::infinity();
}

}  // namespace pianola
