#include "pianola/control/profile_mean.hpp"

#include <cassert>
#include <cmath>

namespace pianola {
namespace {

/// Half width of the interval for n samples of standard deviation 1: t/√n, read off RunningMean's own interval.
double unit_half_width(std::size_t n, double confidence) {
  RunningMean unit;
  for (std::size_t i = 0; i < n; ++i) unit.add(i % 2 == 0 ? -1.0 : 1.0);
  const Estimate estimate = unit.estimate(confidence);
  return (estimate.high - estimate.value) / std::sqrt(unit.variance());
}

}  // namespace

void ProfileMean::add(std::span<const double> profile) {
  mean_.resize(profile.size());
  m2_.resize(profile.size());
  assert(n_ == 0 || mean_.size() == profile.size());
  const double weight = 1.0 / static_cast<double>(++n_);
  for (std::size_t i = 0; i < profile.size(); ++i) {
    const double delta = profile[i] - mean_[i];
    mean_[i] += delta * weight;
    m2_[i] += delta * (profile[i] - mean_[i]);
  }
}

std::vector<Estimate> ProfileMean::estimates(double confidence) const {
  const double unit = unit_half_width(n_, confidence);
  std::vector<Estimate> out;
  out.reserve(mean_.size());
  for (std::size_t i = 0; i < mean_.size(); ++i) {
    const double half = unit * std::sqrt(m2_[i] / static_cast<double>(n_ - 1));
    out.push_back({mean_[i], mean_[i] - half, mean_[i] + half, n_});
  }
  return out;
}

}  // namespace pianola
