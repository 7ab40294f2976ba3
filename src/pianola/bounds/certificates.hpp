// Certificates of docs/theory.md §8: explicit upper bounds of the regret with constant 1, evaluated for given inputs.
// They are certificates only where the inputs are proven or exact; with sampled ones the same numbers are estimates.
//
// All forms suppose rewards in [0, 1] with |Δr| ≤ L_r(‖Δx‖ + ‖Δu‖), noise independent of the past, and P-EIISS gains.
// One trajectory is evaluated at a time: expectations are the caller's means over expert trajectories. Steps are
// counted from 0, so that step h has H − h steps to lose, itself included.
#pragma once

#include <functional>
#include <optional>
#include <span>

namespace pianola {

/// κ: distance of two states → W_ε' of the deployed policy's laws there; nondecreasing, ≥ 0.
using Modulus = std::function<double(double)>;

/// What the feedback and the augmented form share, along one expert trajectory.
struct CertificateInputs {
  std::span<const double> errors;        ///< [H] e_h = ‖u_h − q(u_h)‖, action units
  std::span<const double> deviations;    ///< [H] D_h of the states (convolve_gains, convolve_envelope)
  std::span<const double> disagreement;  ///< [H] s_h = TV(q#π*(· | x_h), π̂(· | x_h)) on expert states; empty: 0
  double reward_lipschitz = 1.0;         ///< L_r
};

struct Certificate {
  double quantization = 0.0;  ///< Σ_h min(1, L_r(e_h + D_h)): while the tokens agree
  double disagreement = 0.0;  ///< Σ_h (H − h)·min(1, s_h + …): once they do not
  [[nodiscard]] double total() const { return quantization + disagreement; }
};

/// Feedback: Σ_h min(1, L_r(e_h + D_h)) + Σ_h (H − h)·min(1, s_h + κ(D_h)), κ of the DEPLOYED policy.
/// @throws UsageError if lengths differ or a number is negative or none.
Certificate bound_feedback(const CertificateInputs& inputs, const Modulus& modulus);

/// The same with ε'-RTVC: tokens agree when they are within `tolerance`, and e_h becomes e_h + ε'. The deviations must
/// have been computed from e_h + ε' as well.
Certificate bound_feedback(const CertificateInputs& inputs, const Modulus& modulus, double tolerance);

/// Augmented (Algorithm 1), any dynamics, process noise too: κ(ρ_h) in place of κ(D_h), ρ_h = ‖x̃_h − x_h‖ with x̃ rolled
/// by the model along the expert's own tokens. model_distances: [H]. @throws UsageError as above.
Certificate bound_augmented(const CertificateInputs& inputs, const Modulus& modulus,
                            std::span<const double> model_distances);

/// The same with ε'-RTVC, only for a model whose steps no token changes (of a deterministic expert, exact): else tokens
/// that agree within ε' lead x̃ elsewhere than the expert's own do, and ρ_h is not what the learner sees. tolerances:
/// [H], ε'_h, which may depend on ρ_h; the deviations must have been computed from e_h + ε'_h.
Certificate bound_augmented(const CertificateInputs& inputs, const Modulus& modulus,
                            std::span<const double> model_distances, std::span<const double> tolerances);

/// Augmented, deterministic dynamics: s_h + m_h, m_h = TV(M*, M̂) at step h. Needs no smoothness.
/// model_errors: [H]; empty: an exact model. @throws UsageError as above.
Certificate bound_augmented_by_model(const CertificateInputs& inputs, std::span<const double> model_errors);

/// Closed loop: needs no smoothness of tokens and no open-loop stability.
struct ClosedLoopInputs {
  std::size_t horizon = 0;
  double epsilon_sup = 0.0;       ///< over the actions played within `deviation` of the expert's states
  double c = 0.0, eta = 0.0;      ///< incremental stability of the expert's closed loop against additive actions
  double policy_lipschitz = 0.0;  ///< L_π of the expert
  double reward_lipschitz = 1.0;
  std::span<const double> disagreement = {};  ///< [H] s_h on the states that q#π* visits; empty: 0
};

/// D = C/(1 − η)·ε_sup of the closed loop; ∞ if η ≥ 1.
double closed_loop_deviation(const ClosedLoopInputs& inputs);

/// Σ_h min(1, L_r(D + ε_sup + L_π·D)) + Σ_h (H − h)·min(1, s_h). @throws UsageError as above.
Certificate bound_closed_loop(const ClosedLoopInputs& inputs);

/// What a stability that holds with probability 1 − δ within radius d only adds: H·(δ + P(max_h e_h > d)).
double local_stability_cost(std::size_t horizon, double delta, double exceedance);

/// Binning and an L-Lipschitz expert close the loop of tolerances (theory.md §8): k = (2 + g·L)/(1 − g·L), g = C/(1−η);
/// nothing unless the small-gain condition g·L < 1 holds.
std::optional<double> small_gain_tolerance(double gain_limit, double policy_lipschitz);

}  // namespace pianola
