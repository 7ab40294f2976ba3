#include "pianola/theory/branch_loop.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "pianola/base/statistics.hpp"

namespace pianola {
namespace {

TEST(BranchLoop, RawExpertStaysOnItsSide) {
  const BranchLoop loop{0.7, 0.4};
  double x = 0.0;
  for (std::uint64_t h = 1; h <= 40; ++h) {
    EXPECT_NEAR(x, branch_state(loop, h), 1e-12);
    const BranchLaw law = branch_law(loop, h, -x, 0.25);
    EXPECT_NEAR(law.minus, h == 1 ? 0.75 : 1.0, 1e-12);
    x = loop.a * x + loop.b;
  }
  EXPECT_NEAR(branch_payoff(loop, 40, 0.0).dense, 40.0, 1e-9);
  EXPECT_NEAR(branch_payoff(loop, 40, 0.0).sparse, 1.0, 1e-9);
}

TEST(BranchLoop, LawsAreLaws) {
  for (int i = -200; i <= 200; ++i) {
    const BranchLaw law = branch_law({}, 5, 0.01 * i, 0.5);
    EXPECT_DOUBLE_EQ(law.minus + law.rest + law.plus, 1.0);
    EXPECT_GE(std::min({law.minus, law.rest, law.plus}), 0.0);
  }
  EXPECT_EQ(branch_law({}, 5, 0.0, 0.5).rest, 1.0) << "who rests, rests";
}

TEST(BranchLoop, RecursionIsTheMeanOfRollouts) {
  const BranchLoop loop;
  const std::uint64_t horizon = 20;
  const double epsilon = 0.03, first = 0.6;
  RunningMean dense, sparse;
  for (std::uint64_t id = 0; id < 20'000; ++id) {
    const BranchPayoff paid = branch_rollout(loop, horizon, epsilon, first, NoiseKey(5), id);
    dense.add(paid.dense);
    sparse.add(paid.sparse);
  }
  const BranchPayoff exact = branch_payoff(loop, horizon, epsilon);
  const Estimate all = dense.estimate(0.9999), last = sparse.estimate(0.9999);
  EXPECT_LE(all.low, first * exact.dense);
  EXPECT_GE(all.high, first * exact.dense);
  EXPECT_LE(last.low, first * exact.sparse);
  EXPECT_GE(last.high, first * exact.sparse);
}

}  // namespace
}  // namespace pianola
