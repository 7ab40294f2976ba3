#include "pianola/theory/binned_loop.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace pianola {
namespace {

TEST(BinnedLoop, BinsAreHalfOpenWithTheirCentres) {
  EXPECT_DOUBLE_EQ(bin_centre(0.0, 0.125), 0.125);
  EXPECT_DOUBLE_EQ(bin_centre(-1e-9, 0.125), -0.125);
  EXPECT_DOUBLE_EQ(bin_centre(0.25, 0.125), 0.375);
  EXPECT_DOUBLE_EQ(bin_centre(1.0, 0.5), 1.5);
}

TEST(BinnedLoop, RestingActionIsAnEdge) {
  const BinnedLoop loop;
  EXPECT_DOUBLE_EQ(loop.modulus(), 1.0);
  EXPECT_DOUBLE_EQ(loop.offset() - loop.gain * loop.modulus(), 1.0);
  EXPECT_NEAR(loop.tolerance(), 2.3 / 0.7, 1e-12);
  // At rest half a bin is lost at every step, times the reward's ½.
  const double cost = binned_cost(loop, 2000, 0x1p-6).regret / 2000.0;
  EXPECT_GT(cost, 0.3 * 0x1p-6);
  EXPECT_LT(cost, 0.6 * 0x1p-6);
  const double error = binned_cost(loop, 2000, 0x1p-6).error;
  EXPECT_LE(error, 0x1p-6 * (1.0 + 1e-9)) << "at most half a bin";
  EXPECT_GE(error, 0.9 * 0x1p-6);
}

TEST(BinnedLoop, ModulusCountsBins) {
  const BinnedLoop loop;
  const double epsilon = 0x1p-5;
  EXPECT_EQ(binned_modulus(loop, epsilon, 0.0), 0.0);
  EXPECT_NEAR(binned_modulus(loop, epsilon, epsilon), 2.0 * epsilon, 1e-12);
  EXPECT_NEAR(binned_modulus(loop, epsilon, 10.0 * epsilon), 4.0 * epsilon, 1e-12) << "L·r = 3ε lies in up to 3 bins";
}

TEST(BinnedLoop, WrongSideCostsOneAStep) { EXPECT_NEAR(wrong_side_cost({}, 100, 0x1p-8), 100.0, 1e-9); }

}  // namespace
}  // namespace pianola
