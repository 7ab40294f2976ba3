// What a policy would have seen at a step of a recorded trajectory.
#pragma once

#include <cstddef>
#include <span>

#include "pianola/policies/policy.hpp"

namespace pianola {

/// The last `history` observations up to `step`, the oldest first. Those before the first are taken to equal it; of a
/// context of tokens there are none before it, which −1 says. observations: [T × observation_dim] of the trajectory;
/// out: [history × observation_dim].
void recorded_history(std::span<const double> observations, std::size_t step, const PolicyInfo& policy,
                      std::span<float> out);

}  // namespace pianola
