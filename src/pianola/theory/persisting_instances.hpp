// Theorem 8's instances with what learners pay on them, exact (docs/theory.md §9): states and actions in [0, 1], the
// state persists after the first step.
#pragma once

#include <cstdint>

#include "pianola/base/random.hpp"
#include "pianola/theory/binary_learners.hpp"

namespace pianola {

/// Statistical part, repaired: x_1 = 1 with probability Δ = gap, x_2 = x_1·u_1; expert a plays 0 and is paid 1 − x,
/// expert b plays x_1 and is paid x. The larger of a learner's two expected regrets, summed over how many of n
/// demonstrations show x_1 = 1. gap ≤ 1/(3n).
double worst_regret(const BinaryLearner& learner, std::uint64_t n, std::uint64_t horizon, double gap,
                    const NoiseKey& key);

/// Quantization part: x_2 = u_1, four experts, two to a bin of width ε. The largest of their regrets, for a learner
/// that plays the centre of the bin it was shown. finer: so many bins in place of each.
double collision_regret(std::uint64_t horizon, double epsilon, int finer);

}  // namespace pianola
