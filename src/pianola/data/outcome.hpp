// How a trajectory stands after a step. Outcomes are data, not errors.
#pragma once

#include <cstdint>

namespace pianola {

enum class Outcome : std::uint8_t {
  running,     ///< the trajectory goes on
  terminated,  ///< the task ended it (a fall, a goal)
  truncated,   ///< the horizon ended it
  diverged,    ///< the state left the finite numbers or the simulator's range
};

/// The name that files and messages use: "running", "terminated", "truncated", "diverged".
constexpr const char* outcome_name(Outcome outcome) noexcept {
  constexpr const char* kNames[] = {"running", "terminated", "truncated", "diverged"};
  return kNames[static_cast<std::uint8_t>(outcome)];
}

}  // namespace pianola
