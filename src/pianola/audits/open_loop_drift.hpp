// What a policy predicts along recorded demonstrations: no plant, no expert to ask, nothing that it decides is
// executed.
//
//   error      ‖û_{h+j} − u_{h+j}‖   j-th action of the chunk that it decides at step h, beside the recorded one
//   drift      ‖Σ_{k≤h} (û_k − u_k)‖   how far its actions' errors add up, were they all executed on an integrator
//   repeating  ‖u_{h−1} − u_h‖        what "play the last action again" would be off by
//
// A weak statement, and it says so: a small error here is what every imitator has that fails in closed loop
// (docs/theory.md §8). Large ones, errors that grow with the lookahead, and a policy that repeats itself more than the
// data do are bad signs all the same.
#pragma once

#include <cstddef>
#include <vector>

#include "pianola/base/random.hpp"
#include "pianola/base/statistics.hpp"
#include "pianola/data/dataset.hpp"
#include "pianola/policies/policy.hpp"

namespace pianola {

struct OpenLoopDrift {
  Estimate error, repeating_error;           ///< means a step, over trajectories; action units
  std::vector<Estimate> error_by_step;       ///< of each decision's first action
  std::vector<Estimate> error_by_lookahead;  ///< [chunk]
  std::vector<Estimate> drift_by_step;
  Estimate token_error;          ///< share of decisions whose tokens are not the data's, over trajectories
  Estimate repeat_rate;          ///< share of decisions with the tokens of the one before, of the policy
  Estimate repeat_rate_of_data;  ///< the same of the data
  std::size_t trajectories = 0, decisions = 0;
};

/// Every step with a whole chunk ahead is decided on, from the recorded observations; those before the first equal it.
/// Memory: a trajectory. @throws UsageError if policy, quantizer and data do not fit, or the quantizer has a moving
/// scale; DataError if no trajectory is as long as a chunk; Interrupted.
OpenLoopDrift open_loop_drift(TrajectoryReader& reader, const Policy& policy, const Quantizer& quantizer,
                              const DecodeOptions& options, const NoiseKey& key);

}  // namespace pianola
