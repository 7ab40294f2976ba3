// How good a transition model is on demonstrations that it was not fitted to.
//
//   log-likelihood   mean over transitions of log M̂(x' | x, ũ), nats, with a Student-t interval over trajectories
//   calibration      the probability integral transforms of each dimension: where M̂ is right they are uniform on
//                    [0, 1]; `deviation` is their Kolmogorov–Smirnov distance from that
//   drift            ρ_j = ‖x̃_j − x_j‖ j steps after x̃ was set to the expert's state, x̃ rolled along the expert's own
//                    tokens (docs/theory.md §8), beside that of a state which is held. Starts are spread over each
//                    trajectory, `horizon` steps apart; trajectories are the samples
//   loss             of the policy that acts on x̃: −log π̂(token_j | x̃_j), nats, beside that of the same token given the
//                    held state and given the real one, which is the feedback policy's own
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "pianola/base/statistics.hpp"
#include "pianola/policies/policy.hpp"
#include "pianola/policies/transition_data.hpp"
#include "pianola/policies/transition_model.hpp"

namespace pianola {

struct Calibration {
  static constexpr std::size_t kBins = 10;
  std::array<std::uint64_t, kBins> counts{};  ///< of transforms in [i/10, (i+1)/10)
  double deviation = 0.0;                     ///< largest |empirical distribution − u|
};

struct DriftStep {
  std::size_t step = 0;                       ///< since x̃ was set, ≥ 1
  Estimate model, held;                       ///< distance from the real state, observation units
  Estimate loss_model, loss_held, loss_real;  ///< of the policy, nats; n = 0 without one
};

struct ModelScore {
  std::size_t transitions = 0, trajectories = 0;
  Estimate log_likelihood;               ///< nats a transition; n = 0 where the model has no density
  std::vector<Calibration> calibration;  ///< [observation_dim], or empty: the model has no transforms
  std::vector<DriftStep> drift;          ///< steps 1, 2, 4, … and `horizon`
  double left_range = 0.0;               ///< share of the rolls of x̃ that left the training range
};

struct ScoreOptions {
  std::size_t horizon = 64;        ///< of drift, at least 1
  NoiseKey key = {};               ///< of the model's draws
  const Policy* policy = nullptr;  ///< of the same tokens; null: its loss is not asked for
};

/// Whether score_model can ask this policy: it sees one observation, and plays chunks of one action.
bool loss_can_be_scored(const Policy& policy, const Quantizer& quantizer);

/// The log-likelihood alone, nats a transition; n = 0 where the model has no density.
/// @throws UsageError if the model needs a plant, or there is no transition.
Estimate log_likelihood(const TransitionModel& model, const Transitions& data);

/// @throws UsageError as log_likelihood, or for a horizon of 0.
ModelScore score_model(const TransitionModel& model, const Transitions& data, const ScoreOptions& options);

}  // namespace pianola
