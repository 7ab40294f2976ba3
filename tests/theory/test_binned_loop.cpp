#include "pianola/theory/binned_loop.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace pianola {
namespace {

TEST(BinnedLoop, RestsOnAnEdgeOfAnyBins) {
  for (const double epsilon : {0x1p-6, 0.03, 0.01, 0.2}) {
    const BinnedLoop loop = resting_on_edge(epsilon);
    EXPECT_GE(loop.rest, 1.0 - 1e-12);
    EXPECT_LT(loop.rest, 1.0 + 2.0 * epsilon);
    const double bins = loop.rest / (2.0 * epsilon);
    EXPECT_NEAR(bins, std::round(bins), 1e-9);
    // At rest the expert repeats its action.
    const double x = loop.modulus() * loop.rest;
    EXPECT_NEAR(loop.offset() - loop.gain * x, loop.rest, 1e-12);
  }
}

TEST(BinnedLoop, RestingActionIsAnEdge) {
  const BinnedLoop loop;
  EXPECT_DOUBLE_EQ(loop.modulus(), 1.0);
  EXPECT_DOUBLE_EQ(loop.offset() - loop.gain * loop.modulus(), 1.0);
  EXPECT_NEAR(loop.tolerance(), 2.3 / 0.7, 1e-12);
  // At rest half a bin is lost at every step, times the reward's ½.
  const double cost = binned_cost(loop, 2000, loop_bins({}, 0x1p-6)).regret / 2000.0;
  EXPECT_GT(cost, 0.3 * 0x1p-6);
  EXPECT_LT(cost, 0.6 * 0x1p-6);
  const double error = binned_cost(loop, 2000, loop_bins({}, 0x1p-6)).error;
  EXPECT_LE(error, 0x1p-6 * (1.0 + 1e-9)) << "at most half a bin";
  EXPECT_GE(error, 0.9 * 0x1p-6);
}

TEST(BinnedLoop, ModulusCountsBins) {
  const BinnedLoop loop;
  const double epsilon = 0x1p-5;
  EXPECT_EQ(binned_modulus(loop, loop_bins({}, epsilon), 0.0), 0.0);
  EXPECT_NEAR(binned_modulus(loop, loop_bins({}, epsilon), epsilon), 2.0 * epsilon, 1e-12);
  EXPECT_NEAR(binned_modulus(loop, loop_bins({}, epsilon), 10.0 * epsilon), 4.0 * epsilon, 1e-12)
      << "L·r = 3ε lies in up to 3 bins";
}

TEST(BinnedLoop, WrongSideCostsOneAStep) { EXPECT_NEAR(wrong_side_cost({}, 100, loop_bins({}, 0x1p-8)), 100.0, 1e-9); }

}  // namespace
}  // namespace pianola
