// Regret by the product's own loop: system, expert, controller and quantizer run coupled, as `pianola evaluate` runs
// them. What experiments hold their fast lanes and exact sums against.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "pianola/base/random.hpp"
#include "pianola/base/statistics.hpp"
#include "pianola/quantizers/quantizer.hpp"
#include "pianola/theory/experiment.hpp"

namespace pianola {

struct ClosedLoopRun {
  std::string system;                          ///< spec; its own expert acts
  std::shared_ptr<const Quantizer> quantizer;  ///< of the system's action dimension
  std::string controller;                      ///< spec: "quantized" (q#π* in feedback), "augmented" (the exact model)
  std::uint32_t horizon = 0;
  std::size_t rollouts = 0;
  NoiseKey key;
};

/// Mean over rollouts, a step, with its 95 % interval.
Estimate closed_loop_regret(const ClosedLoopRun& run);

}  // namespace pianola
