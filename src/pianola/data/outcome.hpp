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

}  // namespace pianola
