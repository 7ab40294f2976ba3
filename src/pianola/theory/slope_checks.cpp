#include "pianola/theory/slope_checks.hpp"

#include <algorithm>
#include <cmath>

namespace pianola {
namespace {

/// Half of the slope's interval that the points' own intervals leave.
double sampled_half(std::span<const double> x, std::span<const Estimate> y) {
  RunningMean middle;
  for (const double value : x) middle.add(std::log(value));
  double sxx = 0.0, sum = 0.0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double off = std::log(x[i]) - middle.mean();
    sxx += off * off;
    sum += std::pow(off * 0.5 * (y[i].high - y[i].low) / y[i].value, 2);
  }
  return std::sqrt(sum) / sxx;
}

}  // namespace

std::vector<Estimate> exact(std::span<const double> values) {
  std::vector<Estimate> all;
  for (const double value : values) all.push_back(exact(value));
  return all;
}

Estimate fitted_slope(std::span<const double> x, std::span<const Estimate> y) {
  std::vector<double> values;
  for (const Estimate& estimate : y) values.push_back(estimate.value);
  Estimate slope = fit_log_log(x, values).slope;
  if (std::ranges::all_of(y, [](const Estimate& one) { return one.low == one.high; })) return slope;
  const double half = sampled_half(x, y);
  return {slope.value, slope.value - half, slope.value + half, slope.n};
}

bool has_slope(std::span<const double> x) { return x.size() >= 3 && std::ranges::min(x) < std::ranges::max(x); }

void require_slope(ExperimentResult& result, const SlopeClaim& claim) {
  const std::string above = claim.what + ", not above", below = claim.what + ", not below";
  if (!has_slope(claim.x)) {
    result.checks.push_back(undecided(above, claim.high));
    result.checks.push_back(undecided(below, claim.low));
    return;
  }
  const Estimate slope = fitted_slope(claim.x, claim.y);
  result.exponents[claim.exponent] = slope;
  result.checks.push_back(check_at_most(above, slope, claim.high));
  result.checks.push_back(check_at_least(below, slope, claim.low));
}

}  // namespace pianola
