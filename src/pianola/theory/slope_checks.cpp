#include "pianola/theory/slope_checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
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

constexpr double kApart = 2.0 * (1.0 - 1e-9);  // powers of 2 are a factor of 2 apart, rounded or not

/// Least and largest slope between points a factor of 2 or more apart.
Estimate from_point_to_point(std::span<const double> x, std::span<const double> y, double slope) {
  Estimate range{slope, slope, slope, x.size()};
  for (std::size_t a = 0; a < x.size(); ++a) {
    for (std::size_t b = 0; b < x.size(); ++b) {
      if (x[b] < kApart * x[a]) continue;
      const double between = std::log(y[b] / y[a]) / std::log(x[b] / x[a]);
      range.low = std::min(range.low, between);
      range.high = std::max(range.high, between);
    }
  }
  return range;
}

bool all_exact(std::span<const Estimate> y) {
  return std::ranges::all_of(y, [](const Estimate& one) { return one.low == one.high; });
}

/// Why a sampled slope cannot be told to meet one end of its claim; empty if it can, or if it misses it for certain.
std::string too_wide(const SlopeClaim& claim, const Estimate& slope, double end) {
  const double half = 0.5 * (slope.high - slope.low), room = 0.5 * (claim.high - claim.low);
  const bool over_the_end = slope.low <= end && end < slope.high;
  if (all_exact(claim.y) || 3.0 * half <= room || !over_the_end) return {};
  return fmt::format("{} is sampled to ±{:.2g}, required to ±{:.2g}; a longer axis or --thorough tells", claim.what,
                     half, room);
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
  if (all_exact(y)) return from_point_to_point(x, values, slope.value);
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
  const auto open = [&](double end) { return outside.empty() ? too_wide(claim, slope, end) : outside; };
  add_check(result, check_at_most(claim.what + ", not above", slope, claim.high), open(claim.high));
  add_check(result, check_at_least(claim.what + ", not below", slope, claim.low), open(claim.low));
}

}  // namespace pianola
