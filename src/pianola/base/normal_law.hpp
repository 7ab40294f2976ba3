// The standard normal law's distribution function; its inverse is normal_quantile (random.hpp).
#pragma once

#include <cmath>
#include <numbers>

namespace pianola {

/// P(Z ≤ z), exact in both tails.
inline double normal_probability(double z) { return 0.5 * std::erfc(-z / std::numbers::sqrt2); }

}  // namespace pianola
