// The exact transition model: the system and the expert themselves, queried.
//
//   x̃' = f(x̃, u, ω̃),   u ~ π*(· | x̃) given that q(u) = ũ
//
// on a copy of the plant, with noise ω̃ of stream "plan": independent of the real noise, as Algorithm 1's model is (so
// with process noise ũ has the right law, but not the right joint law with the state; docs/theory.md §7).
//
// * A deterministic expert's action is the only one its state has: x̃' = f(x̃, π*(x̃)), whatever token was played. Where a
//   learner errs, the auxiliary state thus stays on the expert's trajectory.
// * A stochastic expert is drawn again until its action lies in the token's bin, `tries` times at most; then, where its
//   law has atoms, from those in the bin by their weights; then, since a learner may emit tokens that the expert does
//   not have, the decoded action itself is taken, which is in the bin (binning) or is all that the token says.
//   Needs chunk 1 and a quantizer without memory: the law of several actions given their tokens is not known.
#pragma once

#include <cstdint>
#include <memory>

#include "pianola/experts/expert.hpp"
#include "pianola/policies/transition_model.hpp"
#include "pianola/quantizers/quantizer.hpp"

namespace pianola {

struct ExactModelParts {
  std::shared_ptr<const System> system;
  std::shared_ptr<const Expert> expert;
  std::shared_ptr<const Quantizer> quantizer;  ///< whose tokens are played
  std::uint32_t tries = 64;                    ///< of a stochastic expert, ≥ 1
};

/// log_density: of a deterministic expert on a deterministic plant (probability 1 or 0); else it is not known.
/// @throws UsageError for a stochastic expert with chunk > 1 or a quantizer with memory; start() throws it without a
/// simulated plant of this system.
std::shared_ptr<const TransitionModel> make_exact_model(ExactModelParts parts);

}  // namespace pianola
