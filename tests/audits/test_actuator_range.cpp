#include "pianola/audits/actuator_range.hpp"

#include <gtest/gtest.h>

#include <array>

#include "audits/demonstrations.hpp"

namespace pianola {
namespace {

TEST(ActuatorRange, IsFoundWhereThePlantClips) {
  const auto range = actuator_range(*test::plant("pendulum").system);
  ASSERT_TRUE(range);
  EXPECT_EQ(range->low, std::vector<double>{-2.0});
  EXPECT_EQ(range->high, std::vector<double>{2.0});
}

TEST(ActuatorRange, AnExpectedRangeIsNoLimit) {
  EXPECT_FALSE(actuator_range(*test::plant("scalar_linear:a=0.9,b=1,low=-1,high=1").system));
  EXPECT_FALSE(actuator_range(*test::plant("scalar_linear:a=0.9,b=1").system)) << "no range at all";
}

TEST(ActuatorRange, WhatLiesBeyondTheSameBoundIsNotApart) {
  const std::optional<ActionRange> range = ActionRange{{-1.0, -1.0}, {1.0, 1.0}};
  const std::array a{1.5, 0.0}, b{2.5, 0.3};
  EXPECT_DOUBLE_EQ(executed_distance(range, a, b), 0.3);
  EXPECT_GT(executed_distance(std::nullopt, a, b), 1.0);
}

}  // namespace
}  // namespace pianola
