#include "pianola/theory/disturbance_curve.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace pianola {
namespace {

TEST(DisturbanceCurve, AStraightLineAndACliff) {
  const DisturbanceCurve line{{{0.0, 0.25, 0.5, 0.75, 1.0}, {0.0, 0.25, 0.5, 0.75, 1.0}}, std::vector<double>(5)};
  EXPECT_DOUBLE_EQ(line.areas()[0], 0.5);
  EXPECT_DOUBLE_EQ(line.cliff(), 0.25);
  const DisturbanceCurve cliff{{{0.1, 0.1, 0.1, 0.9, 0.9}, {0.1, 0.1, 0.1, 0.7, 0.7}}, std::vector<double>(5)};
  EXPECT_DOUBLE_EQ(cliff.cliff(), 1.0);
  EXPECT_NEAR(cliff.at(4).value, 0.8, 1e-15);
  EXPECT_LT(cliff.at(4).low, 0.8);
  EXPECT_NEAR(cliff.areas()[0], 0.25 * (0.1 + 0.1 + 0.5 + 0.9), 1e-15);
}

TEST(DisturbanceCurve, WhatHardlyRisesIsNoCliff) {
  const DisturbanceCurve flat{{{0.3, 0.305}, {0.3, 0.305}}, std::vector<double>(2)};
  EXPECT_TRUE(std::isnan(flat.cliff()));
}

}  // namespace
}  // namespace pianola
