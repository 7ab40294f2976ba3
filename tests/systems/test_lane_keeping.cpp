#include "pianola/systems/lane_keeping.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "pianola/base/error.hpp"
#include "property.hpp"
#include "systems/conformance.hpp"

namespace pianola {
namespace {

struct Step {
  std::vector<double> before, state;
  double reward = 0.0;
  Outcome outcome = Outcome::running;
};

Step step_from(const System& system, std::vector<double> state, double steering) {
  const auto plant = system.simulate(1);
  const std::vector<std::uint64_t> id{0};
  const std::vector<std::uint32_t> h{0};
  Step out{std::vector<double>(5), std::vector<double>(3), 0.0, Outcome::running};
  plant->reset(NoiseKey(1), id);
  plant->restore(state);
  plant->observe(out.before);
  plant->step(h, {&steering, 1}, {&out.reward, 1}, {&out.outcome, 1});
  plant->save(out.state);
  return out;
}

TEST(LaneKeeping, Conforms) {
  conformance::check_system_conformance(*make_system("lane_keeping"));
  conformance::check_system_conformance(*make_system("lane_keeping:noise=0.01,speed=20,gap=0"));
}

TEST(LaneKeeping, ConstantSteeringDrivesACircle) {
  const LaneKeeping system({.curvature = 0.0});
  const double steering = 0.1, radius = LaneKeeping::kWheelbase / std::tan(steering);
  std::vector<double> state{50.0, 0.0, 0.0};
  for (int h = 0; h < 20; ++h) state = step_from(system, state, steering).state;
  const double turned = 10.0 * 2.0 / radius;  // in 2 s
  ASSERT_LT(turned, LaneKeeping::kMaxHeading);
  EXPECT_NEAR(state[0], 50.0 + radius * std::sin(turned), 1e-6);
  EXPECT_NEAR(state[1], radius * (1.0 - std::cos(turned)), 1e-6);
  EXPECT_NEAR(state[2], turned, 1e-12);
}

TEST(LaneKeeping, TheRoadsOwnSteeringFollowsTheRoad) {
  const LaneKeeping system({.gap = 0.0});
  std::vector<double> state{0.0, 0.0, 0.0};
  for (int h = 0; h < 340; ++h) {  // two waves; δ is held for a metre, half of which it lags: 0.5 m · κ' accumulates
    const double steering = std::atan(LaneKeeping::kWheelbase * system.curvature(state[0] + 0.5));
    state = step_from(system, state, steering).state;
    ASSERT_LT(std::abs(state[1]), 0.2) << "at " << state[0] << " m";
  }
  EXPECT_NEAR(state[0], 340.0, 1.0);
}

TEST(LaneKeeping, ObstaclesAreFeltSmoothlyAndSeenAhead) {
  const LaneKeeping system(LaneKeepingConfig{});
  EXPECT_DOUBLE_EQ(system.obstacle(300.0), 1.0);
  EXPECT_NEAR(system.obstacle(315.0), 0.5, 1e-12);
  EXPECT_NEAR(system.obstacle(285.0), 0.5, 1e-12);
  EXPECT_EQ(system.obstacle(350.0), 0.0);
  EXPECT_EQ(LaneKeeping({.gap = 0.0}).obstacle(300.0), 0.0);
  const Step step = step_from(system, {277.0, 0.3, -0.1}, 0.0);
  EXPECT_EQ(step.before,
            (std::vector<double>{0.3, -0.1, system.curvature(277.0), system.obstacle(277.0), system.obstacle(285.0)}));
}

TEST(LaneKeeping, EitherSideOfAnObstacleIsPaidAndItsMeanIsNot) {
  const LaneKeeping system({.curvature = 0.0});
  EXPECT_DOUBLE_EQ(step_from(system, {300.0, 1.8, 0.0}, 0.0).reward, 1.0);
  EXPECT_DOUBLE_EQ(step_from(system, {300.0, -1.8, 0.0}, 0.0).reward, 1.0);
  EXPECT_EQ(step_from(system, {300.0, 0.0, 0.0}, 0.0).reward, 0.0);
  EXPECT_DOUBLE_EQ(step_from(system, {350.0, 0.3, 0.0}, 0.1).reward, 1.0 - 0.3 / 1.5 - 0.1);
}

TEST(LaneKeeping, SteeringIsClippedAndLeavingTheRoadEndsIt) {
  const LaneKeeping system(LaneKeepingConfig{});
  const Step strong = step_from(system, {50.0, 0.0, 0.0}, 9.0), bound = step_from(system, {50.0, 0.0, 0.0}, 0.35);
  EXPECT_EQ(strong.state, bound.state);
  EXPECT_EQ(strong.reward, bound.reward);
  EXPECT_EQ(bound.outcome, Outcome::running);
  EXPECT_EQ(step_from(system, {50.0, 5.9, 0.5}, 0.0).outcome, Outcome::terminated);
  EXPECT_EQ(step_from(system, {50.0, 5.9, 0.5}, 0.0).reward, 0.0);
  EXPECT_EQ(step_from(system, {50.0, 0.0, -0.99}, -0.35).outcome, Outcome::terminated);
}

TEST(LaneKeeping, StartsBetweenObstacles) {
  const LaneKeeping system(LaneKeepingConfig{});
  const auto state = conformance::Run(system, NoiseKey(3), conformance::iota(2000)).save();
  double furthest = 0.0;
  for (std::size_t i = 0; i < state.size(); i += 3) {
    ASSERT_EQ(system.obstacle(state[i]), 0.0);
    furthest = std::max(furthest, state[i]);
  }
  EXPECT_GT(furthest, 9800.0);
}

TEST(LaneKeeping, RewardIsLipschitzInTheObservationAsDeclared) {
  const LaneKeeping system(LaneKeepingConfig{});
  const double constant = system.info().reward_lipschitz.value();
  test::property(
      [&](std::int16_t a, std::int16_t b, std::int16_t c, std::int16_t d, std::int16_t u, std::int16_t v, bool near) {
        const double s = 300.0 + a / 600.0, e = b / 6000.0, s2 = near ? s + c * 1e-6 : 300.0 + c / 600.0;
        const double e2 = near ? e + d * 1e-7 : d / 6000.0, u1 = u / 1e5, u2 = near ? u1 : v / 1e5;
        const Step one = step_from(system, {s, e, 0.0}, u1), other = step_from(system, {s2, e2, 0.0}, u2);
        double distance = 0.0;
        for (std::size_t i = 0; i < 5; ++i) distance += std::pow(one.before[i] - other.before[i], 2);
        RC_ASSERT(std::abs(one.reward - other.reward) <= constant * (std::sqrt(distance) + std::abs(u1 - u2)) + 1e-12);
      });
}

TEST(LaneKeeping, BadOptionsAreNamed) {
  for (const std::string bad :
       {"speed=0", "speed=nan", "curvature=0.2", "gap=50", "width=0", "noise=-1", "horizon=0"}) {
    try {
      static_cast<void>(make_system("lane_keeping:" + bad));
      ADD_FAILURE() << bad;
    } catch (const UsageError& error) {
      EXPECT_NE(std::string(error.what()).find("'" + bad.substr(0, bad.find('=')) + "'"), std::string::npos)
          << error.what();
    }
  }
}

}  // namespace
}  // namespace pianola
