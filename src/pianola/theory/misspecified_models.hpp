// A class of models that lacks the truth, learned from more and more demonstrations (Theorem 7's hypothesis that M
// contains it; docs/theory/theorem_7.md).
//
// Model contexts of theory/hidden_branch, d = 4, next states with probabilities ½ ± Δ, Δ = 1/5 whatever n is. Members
// of the class give two of the contexts one sign where the truth gives them two (Signs::tied): whichever maximises the
// log-likelihood has one sign of four wrong, and pays at least
//
//   2·Δ/d = 1/10 a step,   whatever n and ε are
//
// Beside it the class of all signs, which has the truth: what it has wrong falls exponentially in n.
#pragma once

#include <cstddef>
#include <vector>

#include "pianola/base/random.hpp"
#include "pianola/theory/experiment.hpp"
#include "pianola/theory/hidden_branch.hpp"

namespace pianola {

struct MisspecifiedModels {
  std::vector<HiddenBranch> branches;  ///< model contexts of H ≥ 2; the first one's tokens are exact
  std::size_t repetitions = 0;         ///< sets of demonstrations for each n
  NoiseKey key;
};

/// Adds two controls of the class without the truth, a check of the one with it, and their picture over n.
void add_misspecified_models(ExperimentResult& result, const MisspecifiedModels& models);

}  // namespace pianola
