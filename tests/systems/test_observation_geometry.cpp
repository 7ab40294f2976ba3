#include "pianola/systems/observation_geometry.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <vector>

#include "pianola/base/error.hpp"
#include "pianola/systems/registry.hpp"

namespace pianola {
namespace {

constexpr double kPi = std::numbers::pi;

const ObservationGeometry kBoth{.angles = {0}, .circles = {2}};  // of (angle, number, cos, sin)
const std::vector<double> kTurn{0.0};

TEST(ObservationGeometry, AnglesGoTheShortWay) {
  const std::vector<double> from{3.0, 1.0, 1.0, 0.0}, to{-3.0, 1.5, 0.0, 1.0};
  std::vector<double> out(4);
  observation_difference(kBoth, from, to, out);
  EXPECT_NEAR(out[0], 2.0 * kPi - 6.0, 1e-15) << "over ±π, not back through 0";
  EXPECT_EQ(out[1], 0.5);
  EXPECT_EQ(out[2], -1.0);
  EXPECT_NEAR(observation_distance(kBoth, from, to), std::sqrt(out[0] * out[0] + 0.25 + 1.0 + 1.0), 1e-15);
}

TEST(ObservationGeometry, MovingByTheDifferenceArrives) {
  for (int i = 0; i < 200; ++i) {
    const auto h = static_cast<std::uint32_t>(i);
    const auto angle = [&](std::uint32_t draw) { return kPi * (2.0 * uniform(NoiseKey(1), 0, h, draw) - 1.0); };
    const double a = angle(0), b = angle(1);
    std::vector<double> state{angle(2), 1.0, std::cos(a), std::sin(a)};
    const std::vector<double> to{angle(3), -2.0, std::cos(b), std::sin(b)};
    std::vector<double> step(4);
    observation_difference(kBoth, state, to, step);
    EXPECT_LE(std::abs(step[0]), kPi);
    move_observation(kBoth, kTurn, step, state);
    for (std::size_t d = 0; d < 4; ++d) EXPECT_NEAR(state[d], to[d], 1e-12);
  }
}

TEST(ObservationGeometry, StaysOnTheCircleAndInTheTurn) {
  std::vector<double> state{3.0, 0.0, 1.0, 0.0};
  move_observation(kBoth, kTurn, std::vector<double>{1.0, 2.0, 0.5, 2.0}, state);
  EXPECT_NEAR(state[0], 4.0 - 2.0 * kPi, 1e-15);
  EXPECT_NEAR(std::hypot(state[2], state[3]), 1.0, 1e-15);
  EXPECT_NEAR(state[3] / state[2], 2.0 / 1.5, 1e-15);
  move_observation(kBoth, kTurn, std::vector<double>{0.0, 0.0, -state[2], -state[3]}, state);
  EXPECT_NEAR(std::hypot(state[2], state[3]), 1.0, 1e-12) << "no direction: it keeps its place";
}

TEST(ObservationGeometry, AnAngleStaysInTheTurnOfItsData) {
  const std::vector<double> low{0.1, -1.0, -1.0, -1.0}, high{6.2, 1.0, 1.0, 1.0};
  const std::vector<double> turns = angle_turns(kBoth, low, high);
  ASSERT_EQ(turns.size(), 1U);
  EXPECT_EQ(turns[0], kPi) << "[0, 2π]";
  std::vector<double> state{3.0, 0.0, 1.0, 0.0};
  move_observation(kBoth, turns, std::vector<double>{1.0, 0.0, 0.0, 0.0}, state);
  EXPECT_NEAR(state[0], 4.0, 1e-15) << "[−π, π] would have made it 4 − 2π";
  move_observation(kBoth, turns, std::vector<double>{3.0, 0.0, 0.0, 0.0}, state);
  EXPECT_NEAR(state[0], 7.0 - 2.0 * kPi, 1e-14);
}

TEST(ObservationGeometry, AnAngleIsSeenWithoutItsJump) {
  std::vector<double> left(5), right(5);
  observation_features(kBoth, std::vector<double>{kPi - 1e-9, 7.0, 1.0, 0.0}, left);
  observation_features(kBoth, std::vector<double>{-kPi + 1e-9, 7.0, 1.0, 0.0}, right);
  EXPECT_EQ(kBoth.features(4), 5U);
  for (std::size_t d = 0; d < 5; ++d) EXPECT_NEAR(left[d], right[d], 1e-8);
  EXPECT_NEAR(left[0], -1.0, 1e-12);
  EXPECT_EQ(left[1], 7.0);
}

TEST(ObservationGeometry, ThePendulumDeclaresItsCircleAndMostSystemsNothing) {
  EXPECT_EQ(observation_geometry(*make_system("pendulum")), (ObservationGeometry{.angles = {}, .circles = {0}}));
  EXPECT_TRUE(observation_geometry(*make_system("scalar_linear:a=0.9,b=1")).plain());
}

TEST(ObservationGeometry, NamesAColumnThatCannotBe) {
  EXPECT_THROW(check_geometry({{4}, {}}, 4, "model"), UsageError);
  EXPECT_THROW(check_geometry({{}, {3}}, 4, "model"), UsageError) << "its second column is not there";
  EXPECT_THROW(check_geometry({{3}, {2}}, 4, "model"), UsageError) << "twice";
  EXPECT_NO_THROW(check_geometry(kBoth, 4, "model"));
}

}  // namespace
}  // namespace pianola
