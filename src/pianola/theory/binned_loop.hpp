// A deterministic Lipschitz expert, binned, on a stable scalar plant whose loop of tolerances closes (docs/theory.md
// §8):
//
//   x' = a·x + b·u,   u = s·g − K·x,   s = ±1 by context,   bins of half-width ε with an edge at the resting action ±r
//
// so that at rest the error does not vanish (§11). The small gain b/(1 − a)·K < 1 gives the tolerance k·ε within which
// expert's and learner's tokens stay for ever. Reward 1 − min(1, |ũ − π*(x)|/2): a wrong s costs 1 a step.
#pragma once

#include <cstdint>

#include "pianola/theory/line_bins.hpp"

namespace pianola {

struct BinnedLoop {
  double a = 0.5, b = 0.5, gain = 0.3;                                             ///< K; a in (0, 1), b·K < 1 − a
  double rest = 1.0;                                                               ///< r: |u| at rest
  [[nodiscard]] double modulus() const { return b / (1.0 - a); }                   ///< γ(r) = modulus·r
  [[nodiscard]] double offset() const { return rest * (1.0 + gain * modulus()); }  ///< g
  [[nodiscard]] double tolerance() const;                                          ///< k
};

/// The loop that rests at the first edge of these bins at or above 1.
BinnedLoop resting_on_edge(double epsilon);

/// Half-width ε, an edge at 0, wide enough for every action of the loop; ε ≥ 2⁻¹³.
LineBins loop_bins(const QuantizerMaker& quantizers, double epsilon);

/// Of q∘π* in feedback, mean over 64 midpoints of x_1 in [−1, 1] and both s.
struct BinnedCost {
  double regret = 0.0;     ///< total over the horizon
  double deviation = 0.0;  ///< largest |x_h − x'_h| of expert and learner
  double error = 0.0;      ///< largest |ũ − π*(x_h)| of the learner
  double apart = 0.0;      ///< largest distance of their tokens, ũ of the expert's state and of the learner's
};
BinnedCost binned_cost(const BinnedLoop& loop, std::uint64_t horizon, const LineBins& bins);

/// Largest distance of the tokens of two states within `distance`, by enumerating pairs on a grid of [−3, 3].
double binned_modulus(const BinnedLoop& loop, const LineBins& bins, double distance);

/// What a learner with the wrong s pays; the first steps may cost less than 1.
double wrong_side_cost(const BinnedLoop& loop, std::uint64_t horizon, const LineBins& bins);

}  // namespace pianola
