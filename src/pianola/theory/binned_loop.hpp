// A deterministic Lipschitz expert, binned, on a stable scalar plant whose loop of tolerances closes (docs/theory.md
// §8):
//
//   x' = a·x + b·u,   u = s·g − K·x,   s = ±1 by context,   bins of half-width ε with an edge at the resting action
//
// so that at rest the error does not vanish (§11). The small gain b/(1 − a)·K < 1 gives the tolerance k·ε within which
// expert's and learner's tokens stay for ever. Reward 1 − min(1, |ũ − π*(x)|/2): a wrong s costs 1 a step.
#pragma once

#include <cstdint>

namespace pianola {

struct BinnedLoop {
  double a = 0.5, b = 0.5, gain = 0.3;                                    ///< K; a in (0, 1), b·K < 1 − a
  [[nodiscard]] double modulus() const { return b / (1.0 - a); }          ///< γ(r) = modulus·r
  [[nodiscard]] double offset() const { return 1.0 + gain * modulus(); }  ///< g: at rest |u| = 1
  [[nodiscard]] double tolerance() const;                                 ///< k
};

/// Centre of the bin of half-width ε that holds u, an edge at 0.
double bin_centre(double u, double epsilon);

/// Of q∘π* in feedback, mean over 64 midpoints of x_1 in [−1, 1] and both s.
struct BinnedCost {
  double regret = 0.0;     ///< total over the horizon
  double deviation = 0.0;  ///< largest |x_h − x'_h| of expert and learner
  double error = 0.0;      ///< largest |ũ − π*(x_h)| of the learner
  double apart = 0.0;      ///< largest distance of their tokens, ũ of the expert's state and of the learner's
};
BinnedCost binned_cost(const BinnedLoop& loop, std::uint64_t horizon, double epsilon);

/// Largest distance of the tokens of two states within `distance`, by enumerating pairs on a grid of [−3, 3].
double binned_modulus(const BinnedLoop& loop, double epsilon, double distance);

/// What a learner with the wrong s pays; the first steps may cost less than 1.
double wrong_side_cost(const BinnedLoop& loop, std::uint64_t horizon, double epsilon);

}  // namespace pianola
