// Stability without a simulator: gains of a transition model in the plant's place, around recorded trajectories.
//
//   g_j = max over trajectories, steps k and directions of  ‖x̃'_{k+1+j} − x̃_{k+1+j}‖ / ‖Δ‖
//
// x̃ rolled by the model from x_1 along the demonstrations' tokens, x̃' the same with one action moved by Δ, both with
// the same noise; and the envelope C·η^j of least sum (docs/theory.md §3). An ESTIMATE twice over: the largest gains
// that were seen, of a model that is as right as its training; where actions leave what it was trained on it knows
// nothing.
#pragma once

#include <cstddef>
#include <vector>

#include "pianola/base/random.hpp"
#include "pianola/bounds/gain_envelope.hpp"
#include "pianola/data/dataset.hpp"
#include "pianola/policies/transition_model.hpp"
#include "pianola/quantizers/quantizer.hpp"

namespace pianola {

struct ModelStability {
  std::vector<double> gains;  ///< [longest trajectory looked at]
  GainEnvelope envelope;
  double impulse = 0.0;  ///< ‖Δ‖, action units
  std::size_t trajectories = 0, pairs = 0;
  std::size_t diverged = 0;  ///< pairs whose distance is no number
};

struct ModelStabilityPlan {
  std::size_t trajectories = 32;  ///< at most; the first of the data
  std::size_t steps = 200;        ///< of each at most
  std::size_t impulses = 8;       ///< steps a trajectory at which an action is moved, spread evenly
  NoiseKey key;
};

/// Impulses are as large as the quantizer's mean error on the actions looked at (0.01 where that is 0).
/// @throws UsageError for a model that needs a plant, or sees tokens, which no small Δ changes; for other dimensions.
ModelStability model_stability(TrajectoryReader& reader, const TransitionModel& model, const Quantizer& quantizer,
                               const ModelStabilityPlan& plan);

}  // namespace pianola
