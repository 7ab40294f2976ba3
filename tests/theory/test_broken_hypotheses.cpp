#include "pianola/theory/broken_hypotheses.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "pianola/base/statistics.hpp"

namespace pianola {
namespace {

TEST(BrokenHypotheses, OpenLoopDeviationIsTheGeometricSum) {
  EXPECT_NEAR(open_loop(2.0, 0x1p-30, 25).growth, 2.0, 1e-4);
  EXPECT_NEAR(open_loop(0.5, 0.01, 40).growth, 1.0, 1e-9) << "it has settled";
  double sum = 0.0;
  for (int h = 0; h < 12; ++h) sum += 0.01 * (1.0 - std::pow(0.5, h)) / 0.5;
  EXPECT_NEAR(open_loop(0.5, 0.01, 12).regret, sum, 1e-12);
  EXPECT_EQ(open_loop(2.0, 0.01, 5).growth, 0.0);
}

TEST(BrokenHypotheses, OnAnUnstablePlantOnlyFeedbackStays) {
  const LineBins bins = LineBins::edge_at_zero({}, 0x1p-12, 4.0);
  const UnstablePlant early = unstable_plant(bins, 4), late = unstable_plant(bins, 100);
  EXPECT_LT(early.augmented, 0.01);
  EXPECT_GT(late.augmented, 80.0);
  EXPECT_LT(late.feedback, 100.0 * 0x1p-12 * 1.01) << "at most half a bin a step";
}

TEST(BrokenHypotheses, AbsorbingRegretIsTheGeometricSum) {
  EXPECT_NEAR(absorbing_regret(0.01, 100), 100.0 - 0.99 * (1.0 - std::pow(0.99, 100)) / 0.01, 1e-10);
  EXPECT_EQ(absorbing_regret(0.0, 100), 0.0);
}

TEST(BrokenHypotheses, AbsorbingRolloutsAgreeWithTheClosedForm) {
  const Estimate mean = mean_estimate(absorbing_regrets(98, 50, 20'000, NoiseKey(4)), 0.9999);
  EXPECT_LE(mean.low, absorbing_regret(0.01, 50));
  EXPECT_GE(mean.high, absorbing_regret(0.01, 50));
}

TEST(BrokenHypotheses, MisspecifiedTakesTheWorseMember) {
  // With many demonstrations B is taken for certain: (1 − w)·v·H against w·H·(1 − 1/e), v = w·H/2.
  const Misspecified pair = misspecified(60'000, 64);
  const double w = 1.0 / 512.0, v = 32.0 * w;
  EXPECT_NEAR(pair.learner, (1.0 - w) * v * 64.0, 1e-6);
  EXPECT_NEAR(pair.best, w * 64.0 * (1.0 - std::exp(-1.0)), 1e-12);
}

TEST(BrokenHypotheses, SquaredErrorPlaysTheMean) {
  // One demonstration is one mode, and nothing is lost.
  EXPECT_NEAR(squared_error_regret({}, 1, 10, NoiseKey(1), 0), 0.0, 1e-12);
  double lost = 0.0;
  for (std::uint64_t r = 0; r < 50; ++r) lost += squared_error_regret({}, 400, 10, NoiseKey(1), r) / 500.0;
  EXPECT_GT(lost, 0.9);
}

}  // namespace
}  // namespace pianola
