#include "pianola/control/profile_mean.hpp"

#include <cassert>
#include <cmath>
#include <limits>

#include "pianola/base/student_t.hpp"

namespace pianola {

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
  const auto n = static_cast<double>(n_);
  const double unit = n_ < 2 ? std::numeric_limits<double>::quiet_NaN() : student_t(n - 1.0, confidence) / std::sqrt(n);
  std::vector<Estimate> out;
  out.reserve(mean_.size());
  for (std::size_t i = 0; i < mean_.size(); ++i) {
    const double half = unit * std::sqrt(m2_[i] / (n - 1.0));
    out.push_back({mean_[i], mean_[i] - half, mean_[i] + half, n_});
  }
  return out;
}

}  // namespace pianola
