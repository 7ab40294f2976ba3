#include "pianola/systems/angle_turn.hpp"

#include <gtest/gtest.h>

#include "pianola/base/random.hpp"

namespace pianola {
namespace {

constexpr double kPi = std::numbers::pi;

TEST(AngleTurn, IsTheUsualOneThatHoldsTheData) {
  EXPECT_EQ(turn_middle(-3.1, 3.14), 0.0);
  EXPECT_EQ(turn_middle(0.5, 2.5), 0.0) << "[−π, π] before [0, 2π]";
  EXPECT_EQ(turn_middle(0.01, 6.27), kPi);
  EXPECT_EQ(turn_middle(2.0, 4.0), kPi);
  EXPECT_EQ(turn_middle(-6.27, -0.01), -kPi);
  EXPECT_DOUBLE_EQ(turn_middle(2.0 * kPi + 0.5, 2.0 * kPi + 2.5), 2.0 * kPi);
  EXPECT_DOUBLE_EQ(turn_middle(-1.0, 4.5), 1.75) << "neither holds it";
  EXPECT_EQ(turn_middle(static_cast<double>(-static_cast<float>(kPi)), static_cast<double>(static_cast<float>(kPi))),
            0.0)
      << "π in single precision is a little more than π";
}

TEST(AngleTurn, WrapsIntoItAndMovesByWholeTurns) {
  for (std::uint32_t i = 0; i < 500; ++i) {
    const double low = 20.0 * (uniform(NoiseKey(1), 0, i, 0) - 0.5);
    const double high = low + 2.0 * kPi * uniform(NoiseKey(1), 0, i, 1);
    const double middle = turn_middle(low, high);
    EXPECT_LE(middle - kPi, low + kTurnRounding) << "the data are of the turn";
    EXPECT_GE(middle + kPi, high - kTurnRounding);
    const double angle = 40.0 * (uniform(NoiseKey(1), 0, i, 2) - 0.5), wrapped = wrap_angle(angle, middle);
    EXPECT_LE(std::abs(wrapped - middle), kPi + 1e-12);
    EXPECT_NEAR(std::remainder(wrapped - angle, 2.0 * kPi), 0.0, 1e-12) << "the same angle";
  }
}

TEST(AngleTurn, MoreThanATurnIsNone) {
  EXPECT_TRUE(within_a_turn(0.0, 2.0 * kPi));
  EXPECT_TRUE(within_a_turn(-1.0, 4.5));
  EXPECT_FALSE(within_a_turn(0.0, 2.0 * kPi + 0.01));
}

}  // namespace
}  // namespace pianola
