// A stable plant on which only a model knows where the expert goes (Theorem 7, docs/theory.md §7):
//
//   x_1 = 0,  x_{h+1} = a·x_h + b·u_h;   h ≥ 2: u_h = sign(x_h), played as its token (bins of half-width ε that end
//   at ±1)
//
//   "policy" contexts: u_1 = ±1 with probability ½ ± Δ: two tokens, which π̂ has to learn
//
//   "model" contexts: u_1 = ±ε/2 with probability ½ ± Δ: one token, of the bin about 0; M̂ has to learn the next state
//
// Nothing here is smooth: sign jumps at 0, which is where the deployed plant is in a model context. Reward
// max(0, 1 − |u − s| − |x − s·x̄_h|), x̄_h the raw expert's state, s = ±1 known to the world alone.
#pragma once

#include <cstdint>

#include "pianola/base/random.hpp"
#include "pianola/base/statistics.hpp"

namespace pianola {

struct HiddenBranch {
  double a = 0.5, b = 0.5;    ///< a in (0, 1), b > 0
  bool by_model = false;      ///< a model context
  std::uint64_t horizon = 1;  ///< H ≥ 1
  double played = 1.0;        ///< token of 1; −1's is its negative
  double hidden = 0.0;        ///< u_1 = ±hidden in a model context
  double hidden_token = 0.0;  ///< the token of both
};

/// What is paid on the side s, in expectation over nothing: by the raw expert, and by Algorithm 1 once π̂ and M̂ take it
/// there. The other side is paid 0.
struct HiddenPayoff {
  double expert = 0.0, learner = 0.0;
  double certificate = 0.0;  ///< Σ_h min(1, e_h + D_h) of the learner (bounds/certificates.hpp)
};
HiddenPayoff hidden_payoff(const HiddenBranch& branch);

/// Regret of Algorithm 1 whose π̂ or M̂ has the wrong sign in this share of contexts, where the expert takes a context's
/// side with probability ½ + gap and the world is on that side.
Estimate hidden_regret(const HiddenBranch& branch, double gap, const Estimate& wrong);

/// One rollout of Algorithm 1 in a world of sign s. first: P(1) that π̂ or M̂ has learned. model_bias: added by M̂ to the
/// first state that it predicts.
double hidden_rollout(const HiddenBranch& branch, double sign, double first, double model_bias, const NoiseKey& key,
                      std::uint64_t id);

}  // namespace pianola
