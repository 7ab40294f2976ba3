#include "pianola/data/action_state_lag.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace pianola {
namespace {

double wave(double t) { return std::sin(0.21 * t) + 0.4 * std::sin(0.83 * t + 1.0); }

TEST(ActionStateLag, FindsTheDelayOfATrackingRobot) {
  for (const std::size_t delay : {std::size_t{0}, std::size_t{3}, std::size_t{16}}) {
    ActionStateDistance distance(2);
    std::vector<double> actions, states;
    for (int t = 0; t < 200; ++t) {
      actions.insert(actions.end(), {wave(t), 7.0});  // the second never moves
      states.insert(states.end(), {wave(t - static_cast<double>(delay)), 100.0});
    }
    distance.add(actions, states);
    const auto found = distance.lag(std::vector<double>{0.5, 0.0});
    ASSERT_TRUE(found);
    EXPECT_EQ(found->lag, delay);
    EXPECT_NEAR(found->distance, 0.0, 1e-12);
    EXPECT_EQ(found->distance_now > 0.1, delay > 0);
  }
}

TEST(ActionStateLag, DistanceIsInStandardDeviationsOfTheAction) {
  ActionStateDistance distance(1);
  std::vector<double> actions(40, 0.0), states(40, 3.0);
  distance.add(actions, states);
  EXPECT_DOUBLE_EQ(distance.lag(std::vector<double>{1.5})->distance, 2.0);
}

TEST(ActionStateLag, NothingToCompare) {
  ActionStateDistance distance(1);
  EXPECT_FALSE(distance.lag(std::vector<double>{1.0}));
  distance.add(std::vector<double>(16), std::vector<double>(16));  // too short
  EXPECT_FALSE(distance.lag(std::vector<double>{1.0}));
  distance.add(std::vector<double>(17), std::vector<double>(17));
  EXPECT_FALSE(distance.lag(std::vector<double>{0.0})) << "a constant action repeats anything";
  EXPECT_TRUE(distance.lag(std::vector<double>{1.0}));
}

}  // namespace
}  // namespace pianola
