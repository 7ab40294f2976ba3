#include "pianola/control/rate_limit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "pianola/base/error.hpp"
#include "pianola/data/action_representation.hpp"

namespace pianola {
namespace {

/// Dimensions that no velocity is of may not be limited; returns the periods of angles, 0 elsewhere.
std::vector<double> periods_of(const std::string& who, const std::vector<double>& limits, const Quantizer& quantizer) {
  std::vector<double> periods(limits.size(), 0.0);
  const ActionRepresentation* const map = quantizer.representation();
  if (map == nullptr) return periods;
  for (const ActionGroup& group : map->groups()) {
    for (std::size_t i = group.first; i < group.first + group.width; ++i) {
      if (group.kind == ActionKind::angle) periods[i] = group.period;
      if (group.kind == ActionKind::angle || group.kind == ActionKind::linear || std::isinf(limits[i])) continue;
      throw UsageError(
          fmt::format("{}: rate_limit: action dimension {} is no linear one and no angle; give a number "
                      "for each dimension, with inf for this one",
                      who, i));
    }
  }
  return periods;
}

}  // namespace

RateLimit::RateLimit(const std::string& who, const std::vector<double>& limits, const Quantizer& quantizer) {
  if (limits.empty()) return;
  const std::size_t dim = quantizer.info().action_dim;
  if (limits.size() != 1 && limits.size() != dim) {
    throw UsageError(
        fmt::format("{}: rate_limit takes 1 number or {} (one an action dimension), not {}", who, dim, limits.size()));
  }
  for (const double limit : limits) {
    if (limit > 0.0) continue;
    throw UsageError(
        fmt::format("{}: rate_limit is in action units a step and must be positive, but is {}", who, limit));
  }
  limits_ = limits.size() == dim ? limits : std::vector<double>(dim, limits[0]);
  periods_ = periods_of(who, limits_, quantizer);
}

void RateLimit::apply(std::span<double> actions) {
  if (limits_.empty()) return;
  if (fresh_) last_.assign(actions.begin(), actions.end());
  fresh_ = false;
  for (std::size_t i = 0; i < actions.size(); ++i) {
    const std::size_t d = i % limits_.size();
    if (!std::isfinite(actions[i])) continue;
    double change = actions[i] - last_[i];
    if (periods_[d] > 0.0) change = wrapped(change, periods_[d]);
    if (std::abs(change) > limits_[d]) actions[i] = last_[i] + std::copysign(limits_[d], change);
    last_[i] = actions[i];
  }
}

}  // namespace pianola
