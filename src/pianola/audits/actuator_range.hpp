// What a plant's actuators do not let through: found by asking the plant, as clipping_range asks a quantizer.
//
// Of two actions that lie beyond the same bound of an actuator the plant makes the same next state, so that an error
// between them never reaches it. Rewards may tell them apart all the same (Gymnasium's control cost charges actions as
// they were given), so that only deviations of states are spared.
#pragma once

#include <optional>
#include <span>

#include "pianola/systems/system.hpp"

namespace pianola {

/// The action range, where the plant clips to it in every dimension: a bound and what lies beyond it by half the range
/// and by three of them lead from the same state to the same one, bit for bit, tried in three starts. Nothing where the
/// range is infinite or the plant tells them apart.
std::optional<ActionRange> actuator_range(const System& system);

/// ‖clip(a) − clip(b)‖, as far apart as the plant sees two actions; without a range ‖a − b‖.
double executed_distance(const std::optional<ActionRange>& range, std::span<const double> a, std::span<const double> b);

}  // namespace pianola
