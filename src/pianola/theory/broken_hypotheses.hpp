// Small instances on which one hypothesis of an upper bound does not hold, for the controls of Theorems 2, 3 and 7.
#pragma once

#include <cstdint>
#include <vector>

#include "pianola/base/random.hpp"
#include "pianola/theory/branch_loop.hpp"
#include "pianola/theory/line_bins.hpp"

namespace pianola {

/// Stability. x' = a·x + u is held at x = 1 by u = 1 − a, which does not look at the state; its token is ε nearer to 0.
/// Reward max(0, 1 − |x − 1|).
struct OpenLoop {
  double regret = 0.0;
  double growth = 0.0;  ///< of the states' deviation, a step, over the last ten; 0 for horizons below 12
};
OpenLoop open_loop(double a, double epsilon, std::uint64_t horizon);

/// Stability, of a plant that only the expert's feedback stabilises: x' = 2x + u, u = −1.6x, x_1 = 1, bins of
/// half-width ε with an edge at 0, reward 1 − min(1, |ũ − π*(x)|). Regrets of Algorithm 1 with the exact model, and of
/// feedback.
struct UnstablePlant {
  double augmented = 0.0, feedback = 0.0;
};
UnstablePlant unstable_plant(const LineBins& bins, std::uint64_t horizon);

/// Smoothness. A learner that equals the expert but for a probability p a step of falling into a state that it never
/// leaves and that costs 1 a step (docs/theory.md §11): its regret, exact.
double absorbing_regret(double p, std::uint64_t horizon);

/// The same learned and rolled out: on the expert's states one of two actions is shown `shown` times, the other leads
/// to a state that no demonstration has and nothing leaves. Add-one counting (theory/binary_learners) leaves
/// 1/(shown + 2) to it. One regret for each drawn rollout.
std::vector<double> absorbing_regrets(std::uint64_t shown, std::uint64_t horizon, std::size_t rollouts,
                                      const NoiseKey& key);

/// Realizability. A class of two that lacks the truth: in a rare context (probability w = 1/512) member A is wrong by a
/// nat at every step; member B is exact there, and errs at the first step elsewhere with probability v = w·H/2.
/// Log-loss sees H nats against v and prefers B, whose regret v·H is about H/2 times that of A (in the spirit of
/// Rohatgi et al., arXiv:2502.12465). Exact sums over how many of n demonstrations are rare.
struct Misspecified {
  double learner = 0.0;  ///< expected regret of the log-loss maximiser
  double best = 0.0;     ///< of the better member
};
/// n ≥ 1, horizon below 1024.
Misspecified misspecified(std::uint64_t n, std::uint64_t horizon);

/// Log-loss. Regret of least squares on n demonstrations of branch_loop with p = ½, if |u| is paid on both sides: the
/// fitted line u = m·x/x⁺_h goes through the mean of the two modes at every state.
double squared_error_regret(const BranchLoop& loop, std::uint64_t n, std::uint64_t horizon, const NoiseKey& key,
                            std::uint64_t repetition);

}  // namespace pianola
