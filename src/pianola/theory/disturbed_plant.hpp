// Any plant in closed loop with its quantized expert, one action at a time, while the world is disturbed as in
// theory/quantized_loop:
//
//   the expert sees x + σ_o·s∘ν, s the deviations of the expert's own observations, one a dimension;   the plant plays
//   u_{h−d}, the resting action 0 before the first;   all tokens of an action are replaced by uniform ones, or lost,
//   which leaves the last action, each with its probability a step
//
// Encoder and decoder each keep a memory of their own.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "pianola/experts/expert.hpp"
#include "pianola/quantizers/quantizer.hpp"
#include "pianola/systems/system.hpp"
#include "pianola/theory/quantized_loop.hpp"

namespace pianola {

struct DisturbedPlant {
  const System& system;
  const Expert& expert;                   ///< one that does not look at the plant
  std::vector<double> observation_scale;  ///< [observation_dim], s
  Disturbance disturbance = {};
};

struct DisturbedReturns {
  std::vector<double> returns;  ///< [rollouts], totals; what has ended earns nothing more
  std::size_t lost = 0;         ///< rollouts that terminated or diverged
};

/// Same bits for any number of threads. quantizer: null: the raw expert, whose actions have no tokens to be wrong; lost
/// ones are its actions. Rollouts of one key share their noise. @throws UsageError unless the quantizer has chunk 1 and
/// sequences of fixed length.
DisturbedReturns play_disturbed(const DisturbedPlant& plant, const Quantizer* quantizer, const NoiseKey& key,
                                std::size_t rollouts);

}  // namespace pianola
