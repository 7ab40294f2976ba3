// The tube around an expert's trajectory in which the quantized expert stays (docs/theory.md §8, closed loop), step by
// step, saturation included:
//
//   e'_h = ε + ‖how far π*(x) may leave the range for x within D_h of x_h‖,   D_h = Σ_{k<h} g_{h−1−k}·e'_k
//
// g: gains of the expert's closed loop against an additive disturbance of the action; ε = ε_sup inside the range of the
// quantizer, which clips what lies outside of it: ‖q(u) − u‖ ≤ ε + ‖clip(u) − u‖. By induction the loop of q#π* is
// within D_h of the expert's under the same noise, for an expert that is L_π-Lipschitz.
//
// Differs from §8's closed form: D_h grows from 0 in place of its limit from the first step on, and a range that is
// left by a little costs a little.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "pianola/bounds/gain_envelope.hpp"
#include "pianola/data/action_space.hpp"
#include "pianola/quantizers/quantizer.hpp"

namespace pianola {

/// Where a binning scheme clips, found by asking it (Quantizer::saturated); infinite where it never does. Nothing if
/// the scheme is no binning, or clips everywhere.
std::optional<ActionRange> clipping_range(const Quantizer& quantizer);

/// What is known of the loop: gains lag by lag, an envelope over them, or their sum only (the first that is there).
struct LoopGains {
  std::vector<double> gains = {};  ///< [H]
  std::optional<GainEnvelope> envelope = {};
  double sum = 0.0;  ///< Σ_j g_j: then D_h = sum · max_{k<h} e'_k
};

struct Tube {
  std::vector<double> errors, deviations;  ///< [H] e'_h, D_h
  std::vector<double> executed;            ///< [H] of e'_h what reaches the plant
};

/// Whether the plant takes actions as they are, or clips them, and to no wider range than the quantizer does: then
/// what lies outside of it errs by ε at most where it counts for the state, since clipping brings nothing further
/// apart.
enum class Actuators { as_given, clipped };

/// actions: [T × m] of the expert, T ≤ H; later steps have errors and deviations as if the last action went on.
/// range: nothing where ε holds for every action.
Tube quantized_tube(std::span<const double> actions, std::size_t action_dim, std::size_t horizon,
                    const LoopGains& gains, double epsilon, double policy_lipschitz,
                    const std::optional<ActionRange>& range, Actuators actuators = Actuators::as_given);

}  // namespace pianola
