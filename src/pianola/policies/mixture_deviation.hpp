// Standard deviations of mixtures of Gaussians, from a network's outputs s (mixture_weights.hpp):
//
//   σ = 0.01 + log(1 + e^s)
#pragma once

#include <algorithm>
#include <cmath>

namespace pianola {

/// Smallest σ, in deviations of the action.
inline constexpr float kSmallestDeviation = 0.01F;

inline double mixture_deviation(float output) noexcept {
  const auto s = static_cast<double>(output);
  return static_cast<double>(kSmallestDeviation) + std::max(s, 0.0) + std::log1p(std::exp(-std::abs(s)));
}

}  // namespace pianola
