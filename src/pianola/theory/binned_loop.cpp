#include "pianola/theory/binned_loop.hpp"

#include <algorithm>
#include <cmath>

#include "pianola/bounds/certificates.hpp"

namespace pianola {
namespace {

constexpr int kStarts = 64;

double expert(const BinnedLoop& loop, double x, double sign) { return sign * loop.offset() - loop.gain * x; }

double start(int i) { return -1.0 + 2.0 * (i + 0.5) / kStarts; }

double cost(const BinnedLoop& loop, double x, double sign, double u) {
  return std::min(1.0, 0.5 * std::abs(u - expert(loop, x, sign)));
}

}  // namespace

double BinnedLoop::tolerance() const { return small_gain_tolerance(modulus(), gain).value_or(HUGE_VAL); }

double bin_centre(double u, double epsilon) { return (std::floor(u / (2.0 * epsilon)) + 0.5) * 2.0 * epsilon; }

BinnedCost binned_cost(const BinnedLoop& loop, std::uint64_t horizon, double epsilon) {
  BinnedCost all;
  for (const double sign : {1.0, -1.0}) {
    for (int i = 0; i < kStarts; ++i) {
      double x = start(i), raw = x;
      for (std::uint64_t h = 0; h < horizon; ++h) {
        const double u = expert(loop, raw, sign), own = expert(loop, x, sign), token = bin_centre(own, epsilon);
        all.error = std::max(all.error, std::abs(token - own));
        all.deviation = std::max(all.deviation, std::abs(x - raw));
        all.apart = std::max(all.apart, std::abs(token - bin_centre(u, epsilon)));
        all.regret += cost(loop, x, sign, token);
        x = loop.a * x + loop.b * token;
        raw = loop.a * raw + loop.b * u;
      }
    }
  }
  all.regret /= 2.0 * kStarts;
  return all;
}

double binned_modulus(const BinnedLoop& loop, double epsilon, double distance) {
  double most = 0.0;
  const double step = epsilon / 16.0;
  for (double x = -3.0; x <= 3.0; x += step) {
    // The farthest state decides: the token is monotone in the state.
    const double here = bin_centre(expert(loop, x, 1.0), epsilon);
    most = std::max(most, std::abs(here - bin_centre(expert(loop, x + distance, 1.0), epsilon)));
  }
  return most;
}

double wrong_side_cost(const BinnedLoop& loop, std::uint64_t horizon, double epsilon) {
  double total = 0.0;
  for (int i = 0; i < kStarts; ++i) {
    double x = start(i);
    for (std::uint64_t h = 0; h < horizon; ++h) {
      const double token = bin_centre(expert(loop, x, -1.0), epsilon);
      total += cost(loop, x, 1.0, token);
      x = loop.a * x + loop.b * token;
    }
  }
  return total / kStarts;
}

}  // namespace pianola
