// Theorem 8's instances with what learners pay on them, exact (docs/theory.md §9): states and actions in [0, 1], the
// state persists after the first step.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "pianola/base/random.hpp"
#include "pianola/base/statistics.hpp"
#include "pianola/theory/binary_learners.hpp"
#include "pianola/theory/line_bins.hpp"

namespace pianola {

/// Statistical part, repaired: x_1 = 1 with probability Δ = gap, x_2 = x_1·u_1; expert a plays 0 and is paid 1 − x,
/// expert b plays x_1 and is paid x. The larger of a learner's two expected regrets, summed over how many of n
/// demonstrations show x_1 = 1. gap ≤ 1/(3n).
double worst_regret(const BinaryLearner& learner, std::uint64_t n, std::uint64_t horizon, double gap,
                    const NoiseKey& key);

/// The same on demonstrations that begin at x_1 = 1 with probability `shown`, while deployment does with Δ = gap.
double worst_regret_shown(const BinaryLearner& learner, std::uint64_t n, std::uint64_t horizon, double gap,
                          double shown, const NoiseKey& key);

/// As recovered, x_2 = u_1: expert b is not optimal. The larger of a learner's two expected regrets, which may be
/// negative.
double worst_regret_recovered(const BinaryLearner& learner, std::uint64_t n, std::uint64_t horizon, double gap,
                              const NoiseKey& key);

/// Plays 1 everywhere once a demonstration has shown that action, else 0: what breaks the recovered instance.
BinaryLearner identifying_learner();

/// The repaired instance rolled out: demonstrations and deployment drawn with the same Δ = gap.
struct PersistingDraw {
  std::uint64_t n = 4, horizon = 2;
  double gap = 0.0;  ///< 0: x_1 = 1 never happens, the experts are one, and there is nothing to choose
  std::size_t rollouts = 1;
};

/// Mean regret under expert a and b, each rollout with demonstrations of its own.
std::array<Estimate, 2> drawn_regret(const BinaryLearner& learner, const PersistingDraw& draw, const NoiseKey& key);

/// Least width of bins of which `uniform` still has some twice as fine on [0, 1].
constexpr double kFinestHalved = 0x1p-15;

/// @throws UsageError unless bins of width ε divide [0, 1].
void require_divides_one(const std::string& theorem, double epsilon);

/// How far apart the tokens of the two pairs of experts below are; 0 where each pair shares a bin.
double colliding_tokens(double epsilon, const LineBins& bins);

/// P(the token that was not shown) of a learner that n demonstrations of one of two tokens taught; [which was shown].
std::array<double, 2> token_slips(const BinaryLearner& learner, std::uint64_t n, const NoiseKey& key);

/// Quantization part: x_2 = u_1, four experts that play 0, ε⁻, 1 − ε⁻ and 1 in equal bins of [0, 1], ε⁻ the number
/// that the first bin of width ε just holds. The largest of their regrets a step after the first, for a learner of
/// these slips that plays the token of u or that of 1 − u. Where the bins are of width ε, two experts share each token.
double collision_regret(const std::array<double, 2>& slips, double epsilon, const LineBins& bins);

}  // namespace pianola
