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

BinnedLoop resting_on_edge(double epsilon) {
  BinnedLoop loop;
  loop.rest = edge_above_one(epsilon);
  return loop;
}

LineBins loop_bins(const QuantizerMaker& quantizers, double epsilon) {
  return LineBins::edge_at_zero(quantizers, epsilon, 4.0);
}

BinnedCost binned_cost(const BinnedLoop& loop, std::uint64_t horizon, const LineBins& bins) {
  BinnedCost all;
  for (const double sign : {1.0, -1.0}) {
    for (int i = 0; i < kStarts; ++i) {
      double x = start(i), raw = x;
      for (std::uint64_t h = 0; h < horizon; ++h) {
        const double u = expert(loop, raw, sign), own = expert(loop, x, sign), token = bins(own);
        all.error = std::max(all.error, std::abs(token - own));
        all.deviation = std::max(all.deviation, std::abs(x - raw));
        all.apart = std::max(all.apart, std::abs(token - bins(u)));
        all.regret += cost(loop, x, sign, token);
        x = loop.a * x + loop.b * token;
        raw = loop.a * raw + loop.b * u;
      }
    }
  }
  all.regret /= 2.0 * kStarts;
  return all;
}

double binned_modulus(const BinnedLoop& loop, const LineBins& bins, double distance) {
  double most = 0.0;
  const double step = bins.epsilon() / 16.0;
  for (double x = -3.0; x <= 3.0; x += step) {
    // The farthest state decides: the token is monotone in the state.
    const double here = bins(expert(loop, x, 1.0));
    most = std::max(most, std::abs(here - bins(expert(loop, x + distance, 1.0))));
  }
  return most;
}

double wrong_side_cost(const BinnedLoop& loop, std::uint64_t horizon, const LineBins& bins) {
  double total = 0.0;
  for (int i = 0; i < kStarts; ++i) {
    double x = start(i);
    for (std::uint64_t h = 0; h < horizon; ++h) {
      const double token = bins(expert(loop, x, -1.0));
      total += cost(loop, x, 1.0, token);
      x = loop.a * x + loop.b * token;
    }
  }
  return total / kStarts;
}

}  // namespace pianola
