// A stable scalar plant on which a smooth stochastic expert commits itself with its first action (docs/theory.md §11):
//
//   x_1 = 0,  x_{h+1} = a·x_h + b·u_h,  u_h ∈ {−1, 0, 1};   x⁺_h = b(1 − a^{h−1})/(1 − a), the state after all ones
//   h = 1:  P(1) = p, P(−1) = 1 − p
//   h ≥ 2:  P(0 | x) = clip((x⁺_h − |x|)/b, 0, 1), else sign(x)
//
// P-EIISS with C = b and η = a, and TVC with κ(r) = r/b. Along the expert |x_h| = x⁺_h: it goes on for ever as it
// began. A deployed learner plays ±(1 − ε) for ±1 (inner edges of bins of width ε), falls short of x⁺_h by ε·x⁺_h, and
// so gives up with probability κ(ε·x⁺_h) a step; then it rests for ever. That is the H²·ε of Theorem 2. Reward: max(0,
// s·u) at every step (dense) or at the last one only (sparse), s = ±1 known to the world alone.
#pragma once

#include <cstdint>

#include "pianola/base/random.hpp"

namespace pianola {

struct BranchLoop {
  double a = 0.5, b = 0.5;  ///< a in (0, 1), b > 0
};

/// x⁺_h, steps counted from 1.
double branch_state(const BranchLoop& loop, std::uint64_t h);

struct BranchLaw {
  double minus = 0.0, rest = 0.0, plus = 0.0;
};

/// The expert's law at step h; first: its probability of 1 at step 1.
BranchLaw branch_law(const BranchLoop& loop, std::uint64_t h, double x, double first);

/// What the side that was chosen first is paid, in expectation, when s is its sign.
struct BranchPayoff {
  double dense = 0.0, sparse = 0.0;
};

/// Of the learner that equals the quantized expert, exact. epsilon: in [0, 1); 0: the raw expert, H and 1.
BranchPayoff branch_payoff(const BranchLoop& loop, std::uint64_t horizon, double epsilon);

/// One drawn rollout of the same with s = 1: what branch_payoff has to agree with, times p.
BranchPayoff branch_rollout(const BranchLoop& loop, std::uint64_t horizon, double epsilon, double first,
                            const NoiseKey& key, std::uint64_t id);

}  // namespace pianola
