#include "pianola/theory/disturbance_curve.hpp"

#include <gtest/gtest.h>

#include <algorithm>
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

TEST(DisturbanceCurve, ItsRowHasEndsAreaAndWhatLeft) {
  const DisturbanceCurve curve{{{0.0, 0.5}, {0.0, 0.7}}, {0.0, 0.25}};
  const Row row = disturbance_row("plant", 1.2, "noise", "uniform", curve);
  const auto number = [&](const char* name) {
    const auto at = std::ranges::find(row, name, [](const auto& cell) { return cell.first; });
    return at == row.end() ? std::nan("") : std::get<double>(at->second);
  };
  EXPECT_DOUBLE_EQ(number("undisturbed"), 0.0);
  EXPECT_DOUBLE_EQ(number("most_disturbed"), 0.6);
  EXPECT_DOUBLE_EQ(number("area"), 0.3);
  EXPECT_LT(number("area_low"), 0.3);
  EXPECT_DOUBLE_EQ(number("cliff"), 1.0);
  EXPECT_DOUBLE_EQ(number("left"), 0.25);
}

}  // namespace
}  // namespace pianola
