// Which rollouts are played, under which noise, and who hears of it: what every plan that plays some has.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "pianola/base/progress.hpp"
#include "pianola/base/random.hpp"

namespace pianola {

/// Rollouts first_id … first_id + rollouts − 1. Plans are made of it by inheritance, so that one can be handed on to
/// another whole: `static_cast<RolloutSet&>(inner) = outer;`.
struct RolloutSet {
  NoiseKey key;
  std::size_t rollouts = 0;
  std::uint32_t horizon = 0;  ///< steps; 0, where a plan allows it: the system's
  std::uint64_t first_id = 0;
  Progress* progress = nullptr;
  std::string activity = "rollouts";  ///< what `progress` calls it
};

}  // namespace pianola
