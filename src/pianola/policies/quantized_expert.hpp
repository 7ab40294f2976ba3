// The quantized expert q#π* as a policy: the law of the tokens of q(u), u ~ π*(· | x) (docs/theory.md §1).
//
// * deterministic expert: a point mass, logit 0 for the token of its action and −∞ for the others. With chunks the
//   expert is rolled on a copy of the plant (policies/expert_chunk.hpp); the law is then the one given that noise.
// * stochastic expert whose law has atoms (Expert::law), chunk 1: exact for every quantizer, since the law of the token
//   sequence is the mixture of the atoms' sequences: P(t_p | t_<p) = Σ weights of atoms that begin with t_<p, t_p.
//
// Not for quantizers that draw noise, keep a moving scale or have no finite codebook: those play their expert through
// the controller `quantized`, which needs no law.
#pragma once

#include <memory>

#include "pianola/experts/expert.hpp"
#include "pianola/policies/policy.hpp"

namespace pianola {

/// @throws UsageError for dimensions that differ, a quantizer as excluded above, or a stochastic expert with chunk > 1;
/// the session's begin() throws it for a stochastic expert without atoms, and for a chunk without a plant.
std::shared_ptr<const Policy> make_quantized_expert(std::shared_ptr<const Expert> expert,
                                                    std::shared_ptr<const Quantizer> quantizer);

}  // namespace pianola
