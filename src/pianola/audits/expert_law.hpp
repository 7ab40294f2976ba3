// The law of the quantized expert q#π* (or of the raw one) as atoms of actions, in double, without tokens: so that
// every quantizer has one, the trap of docs/theory.md §6 too.
//
//   deterministic expert          one atom, q(π*(x)); with chunks, of the plan on a copy of the plant
//   law with atoms                their images, weights added
//   Gaussian mixture, one number  cells of σ/32, anchored at 0 so that x and x' share them; midpoints stand for them
//   anything else                 256 draws under keys that x and x' share
#pragma once

#include <memory>

#include "pianola/audits/deployed_law.hpp"

namespace pianola {

/// quantizer: null for the raw expert. @throws UsageError for a quantizer with a moving scale, whose law depends on
/// what it has seen before.
std::shared_ptr<const DeployedLaw> quantized_expert_law(std::shared_ptr<const Expert> expert,
                                                        std::shared_ptr<const Quantizer> quantizer);

}  // namespace pianola
