#include "pianola/theory/slope_checks.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

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

/// Least and largest slope between neighbours, in the order of x.
Estimate from_point_to_point(std::span<const double> x, std::span<const double> y, double slope) {
  std::vector<std::size_t> order(x.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, [&](std::size_t i, std::size_t j) { return x[i] < x[j]; });
  Estimate range{slope, slope, slope, x.size()};
  for (std::size_t i = 0; i + 1 < order.size(); ++i) {
    const std::size_t a = order[i], b = order[i + 1];
    if (x[a] == x[b]) continue;
    const double between = std::log(y[b] / y[a]) / std::log(x[b] / x[a]);
    range.low = std::min(range.low, between);
    range.high = std::max(range.high, between);
  }
  return range;
}

}  // namespace

std::vector<Estimate> exact(std::span<const double> values) {
  std::vector<Estimate> all;
  all.reserve(values.size());
  for (const double value : values) all.push_back(exact(value));
  return all;
}

Estimate fitted_slope(std::span<const double> x, std::span<const Estimate> y) {
  std::vector<double> values;
  values.reserve(y.size());
  for (const Estimate& estimate : y) values.push_back(estimate.value);
  Estimate slope = fit_log_log(x, values).slope;
  if (std::ranges::all_of(y, [](const Estimate& one) { return one.low == one.high; })) {
    return from_point_to_point(x, values, slope.value);
  }
  const double half = sampled_half(x, y);
  return {slope.value, slope.value - half, slope.value + half, slope.n};
}

bool has_slope(std::span<const double> x) { return x.size() >= 3 && 8.0 * std::ranges::min(x) <= std::ranges::max(x); }

void add_check(ExperimentResult& result, Check check, const std::string& outside) {
  if (!outside.empty()) {
    check = undecided(std::move(check));
    const std::string note = "not decided: " + outside;
    if (std::ranges::find(result.notes, note) == result.notes.end()) result.notes.push_back(note);
  }
  result.checks.push_back(std::move(check));
}

void require_slope(ExperimentResult& result, const SlopeClaim& claim) {
  std::string outside = claim.outside;
  if (outside.empty() && !has_slope(claim.x)) outside = claim.what + " needs three points over a factor of 8";
  Estimate slope = exact(std::numeric_limits<double>::quiet_NaN());
  if (outside.empty()) slope = result.exponents[claim.exponent] = fitted_slope(claim.x, claim.y);
  add_check(result, check_at_most(claim.what + ", not above", slope, claim.high), outside);
  add_check(result, check_at_least(claim.what + ", not below", slope, claim.low), outside);
}

}  // namespace pianola
