// Algorithm 1 on the trap with a policy and a model that are learned from finite classes which contain the truth
// (docs/theory.md §6 and §7): policies are the quantizer `trap` over a grid of k and d, models x' = A·x + B·arctan(x)
// over a grid of A and B. Everything is deterministic: a member's log-likelihood is 0 if it agrees with all
// demonstrations, else −∞.
#pragma once

#include <cstddef>
#include <cstdint>

#include "pianola/base/random.hpp"
#include "pianola/base/statistics.hpp"
#include "pianola/theory/experiment.hpp"

namespace pianola {

struct TrapLearned {
  double augmented = 0.0, feedback = 0.0;  ///< regret a step, of the same learned policy
  std::size_t policies = 1, models = 1;    ///< members that agree with the demonstrations
};

std::size_t trap_policies();  ///< |Π|
std::size_t trap_models();    ///< |M|

/// n demonstrations of `horizon` steps, x_1 ~ N(0, 1); evaluated on `starts` others. The first member that agrees is
/// taken, as maximise_log_likelihood does.
TrapLearned learn_trap(const QuantizerMaker& quantizers, double epsilon, std::uint64_t horizon, std::uint64_t n,
                       std::size_t starts, const NoiseKey& key);

/// The same over many sets of n demonstrations.
struct TrapCurve {
  Estimate augmented, feedback;  ///< regret a step
  Estimate known;                ///< share of the sets that leave one policy and one model
};
TrapCurve trap_curve(const QuantizerMaker& quantizers, double epsilon, std::uint64_t horizon, std::uint64_t n,
                     std::size_t starts, std::size_t repetitions, const NoiseKey& key);

/// What the true policy pays with the true model, regret a step, over the same starts: docs/theory.md §10's column.
double trap_augmented(const QuantizerMaker& quantizers, double epsilon, std::uint64_t horizon, std::size_t starts);

}  // namespace pianola
