// A linear plant under its expert's feedback whose tokens err to the same side at every step: what the closed-loop
// certificate (docs/theory.md §8) is nearest to tight on, and where it fails once a hypothesis does.
//
//   x' = A·x + B·(ε·1 − K·x),   x_1 = 0,   reward 1 − min(1, ‖x‖)
//
// The expert rests at 0 and is paid 1. ε_sup = ε·√m, L_r = 1, L_π = ‖K‖, gains ‖(A − BK)^j·B‖.
#pragma once

#include <Eigen/Dense>
#include <cstddef>
#include <span>

namespace pianola {

struct OneSidedLoop {
  Eigen::MatrixXd a, b, k;
  double epsilon = 0.1;
};

/// Total over the horizon.
double one_sided_regret(const OneSidedLoop& loop, std::size_t horizon);

/// The certificate with these closed-loop gains, one a step of the horizon, in place of C·η^j. One only if they are the
/// loop's own.
double one_sided_claim(const OneSidedLoop& loop, std::span<const double> gains);

/// The same plant under an expert whose loop A − BK is the present one's scaled to this spectral radius. B must be
/// square and invertible, and the present loop not nilpotent.
OneSidedLoop with_radius(const OneSidedLoop& loop, double radius);

}  // namespace pianola
