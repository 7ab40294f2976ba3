// P-EIISS from measured gains (docs/theory.md §3): the envelope C·η^j over a gain sequence g_0, g_1, …, where a
// perturbation ‖Δu_k‖ of the action moves the state j + 1 steps later by at most g_j·‖Δu_k‖.
//
//   minimise  Σ_{j < H} C·η^j   subject to  C·η^j ≥ g_j for all j
//
// In (log C, log η) the constraints are linear and the objective is convex, so the least one is found by ternary
// search. The sum is what bounds use: max-form modulus γ(r) = r·Σ_j g_j.
#pragma once

#include <cstddef>
#include <span>

namespace pianola {

struct GainEnvelope {
  double c = 0.0, eta = 0.0;  ///< 0, 0 where no gain is above the noise floor
  double sum = 0.0;           ///< Σ_{j < H} C·η^j
  /// C/(1 − η), the modulus for every horizon; ∞ if η ≥ 1.
  [[nodiscard]] double limit() const;
};

/// gains: [H], ≥ 0, finite; those below `floor` times the largest count as 0 (rounding). η may exceed 1: then the
/// system is not exponentially stable around these actions. Where the first gains are 0 (a delay), η is kept at or
/// below the larger of 1 and the steepest rise: else the least sum would lie at η = ∞.
/// @throws UsageError for a negative or non-finite gain.
GainEnvelope fit_gain_envelope(std::span<const double> gains, double floor = 1e-9);

/// The least C with C·η^j ≥ g_j at every lag; 0 where all gains are. gains: ≥ 0, finite. η > 0.
double covering_constant(std::span<const double> gains, double eta);

/// D_h = Σ_{k<h} g_{h−1−k}·r_k for every h: by how much actions that are off by r can move the state. errors: [H], ≥ 0;
/// gains: at least H − 1 of them. out: [H], out[0] = 0.
/// @throws UsageError for too few gains or an `out` of another length. Cost: H²/2 products.
void convolve_gains(std::span<const double> gains, std::span<const double> errors, std::span<double> out);

/// The same for g_j = C·η^j. Cost: O(H).
void convolve_envelope(double c, double eta, std::span<const double> errors, std::span<double> out);

/// The chunk length from which on executing whole chunks is predicted to be horizon-free (arXiv:2507.09061, as in
/// docs/theory.md §12): the least ℓ with L·C·η^ℓ ≤ 1/2, L the policy's Lipschitz constant; 0 if there is none (η ≥ 1).
std::size_t horizon_free_chunk(double c, double eta, double policy_lipschitz);

}  // namespace pianola
