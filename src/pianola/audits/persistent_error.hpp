// The part of an action's error that lasts: what a loop adds up.
//
//   y_h = (1 − η)·Σ_{j ≥ 0} η^j·e_{h−j},   e_h = clip(q(u_h)) − clip(u_h),   η = 0.95;   score = E[(1/T) Σ_h ‖y_h‖]
//
// A plant with inertia averages over its recent past. Errors whose sign changes from step to step cancel there; an
// error of one sign, as where a saturated action is never reached, or a clipped one, stays. Errors that the plant clips
// away count for nothing (actuator_range.hpp). It is an in-distribution number like ε_in, seen before any rollout.
// Where actions saturate it ranks quantizers better than ε_in and ε_sup do, elsewhere about as ε_in
// (docs/measurements.md). It is a score, no bound: certificates take norms, which do not cancel.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "pianola/data/action_space.hpp"

namespace pianola {

/// η: an average over about twenty steps.
inline constexpr double kErrorMemory = 0.95;

struct ExecutedErrors {
  double mean = 0.0;        ///< (1/T) Σ ‖e_h‖
  double largest = 0.0;     ///< max ‖e_h‖
  double persistent = 0.0;  ///< (1/T) Σ ‖y_h‖
};

/// wanted, got: [T × dim], T ≥ 1, one trajectory. actuators: where the plant clips; nothing: nowhere.
ExecutedErrors executed_errors(const std::optional<ActionRange>& actuators, std::size_t dim,
                               std::span<const double> wanted, std::span<const double> got);

}  // namespace pianola
