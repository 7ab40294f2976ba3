#include "pianola/systems/lanes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "pianola/base/error.hpp"

namespace pianola {
namespace {

/// x · 0 is 0 for a finite x and NaN for any other; eight sums side by side keep the loop in vector registers.
bool all_finite(std::span<const double> values) {
  std::array<double, 8> sum{};
  std::size_t i = 0;
  for (; i + sum.size() <= values.size(); i += sum.size()) {
    for (std::size_t j = 0; j < sum.size(); ++j) sum[j] += values[i + j] * 0.0;
  }
  for (; i < values.size(); ++i) sum[0] += values[i] * 0.0;
  double total = 0.0;
  for (const double s : sum) total += s;
  return total == 0.0;
}

std::vector<double> bounds(const char* who, const char* option, std::size_t dim, std::span<const double> given,
                           double unbounded) {
  if (given.empty()) return std::vector<double>(dim, unbounded);
  if (given.size() == 1) return std::vector<double>(dim, given[0]);
  if (given.size() == dim) return {given.begin(), given.end()};
  throw UsageError(fmt::format("system '{}': option '{}' takes 1 number or {} (one an action dimension), not {}", who,
                               option, dim, given.size()));
}

}  // namespace

void LaneStreams::reset(const NoiseKey& key, Ids ids) {
  if (ids.size() != ids_.size()) {
    throw UsageError(
        fmt::format("reset of a simulation of {} lanes takes as many ids, not {}", ids_.size(), ids.size()));
  }
  std::copy(ids.begin(), ids.end(), ids_.begin());
  noise_ = key.child("plant");
  initial_ = noise_.child("initial");
}

void require_finite_actions(const SystemInfo& info, std::span<const double> actions,
                            std::span<const Outcome> outcomes) {
  if (all_finite(actions)) return;
  for (std::size_t i = 0; i < actions.size(); ++i) {
    const std::size_t lane = i / info.action_dim;
    if (std::isfinite(actions[i]) || outcomes[lane] != Outcome::running) continue;
    throw UsageError(
        fmt::format("system '{}': actions must be finite, but lane {}, dimension {} is {}; check the "
                    "controller that made it",
                    info.spec, lane, i % info.action_dim, actions[i]));
  }
}

std::uint32_t checked_horizon(const char* who, int horizon) {
  if (horizon < 1)
    throw UsageError(fmt::format("system '{}': option 'horizon' must be at least 1, not {}", who, horizon));
  return static_cast<std::uint32_t>(horizon);
}

double checked_finite(const char* who, const char* option, double value) {
  if (std::isfinite(value)) return value;
  throw UsageError(fmt::format("system '{}': option '{}' must be a finite number, not {}", who, option, value));
}

double checked_std(const char* who, const char* option, double value) {
  if (checked_finite(who, option, value) >= 0.0) return value;
  throw UsageError(
      fmt::format("system '{}': option '{}' is a standard deviation and must be ≥ 0, not {}", who, option, value));
}

double checked_within(const char* who, const char* option, double value, double low, double high) {
  if (value >= low && value <= high) return value;
  throw UsageError(
      fmt::format("system '{}': option '{}' is {}, but must lie in [{}, {}]", who, option, value, low, high));
}

ActionRange checked_range(const char* who, std::size_t dim, std::span<const double> low, std::span<const double> high) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  ActionRange range{bounds(who, "low", dim, low, -kInfinity), bounds(who, "high", dim, high, kInfinity)};
  for (std::size_t i = 0; i < dim; ++i) {
    if (range.low[i] < range.high[i]) continue;
    throw UsageError(fmt::format("system '{}': option 'low' must be below 'high', but dimension {} has [{}, {}]", who,
                                 i, range.low[i], range.high[i]));
  }
  return range;
}

}  // namespace pianola
