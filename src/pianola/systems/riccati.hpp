// Discrete linear-quadratic regulation: u = −K x minimises Σ_h xᵀQx + uᵀRu along x' = A x + B u.
//
//   P = AᵀPA − AᵀPB (R + BᵀPB)⁻¹ BᵀPA + Q,    K = (R + BᵀPB)⁻¹ BᵀPA
//
// P is the stabilising solution, found by structured doubling: with G = B R⁻¹ Bᵀ, H = Q,
//   A ← A (I + GH)⁻¹ A,   G ← G + A (I + GH)⁻¹ G Aᵀ,   H ← H + Aᵀ H (I + GH)⁻¹ A,   H → P quadratically.
// Source: Chu, Fan, Lin, Wang, "Structure-preserving algorithms for periodic discrete-time algebraic Riccati
// equations", International Journal of Control 77 (2004). Modes are tested as Popov, Belevitch and Hautus do.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace pianola {

/// All matrices row-major.
struct LqrProblem {
  std::size_t n = 0, m = 0;  ///< dimensions of state and action
  std::vector<double> a, b;  ///< [n × n], [n × m]
  std::vector<double> q, r;  ///< [n × n] symmetric ≥ 0, [m × m] symmetric > 0; empty: the identity
};

struct LqrGain {
  std::vector<double> k;            ///< [m × n]; the action is −K x
  std::vector<double> p;            ///< [n × n]; xᵀPx is the cost to go
  double residual = 0.0;            ///< ‖right − left side of the equation‖_max / max(1, ‖P‖_max)
  double closed_loop_radius = 0.0;  ///< max |λ(A − BK)| < 1
};

/// `who` begins the messages of errors: "system 'linear'".
/// Cost: about 20 doublings of O(n³).
/// @throws UsageError if sizes do not fit, a number is not finite, Q or R is not symmetric and definite as required,
/// the pair (A, B) cannot be stabilised or (A, Q) not detected (each names the eigenvalue), or the problem is too badly
/// scaled to be solved to a residual of 1e-8.
LqrGain solve_lqr(const LqrProblem& problem, const std::string& who);

}  // namespace pianola
