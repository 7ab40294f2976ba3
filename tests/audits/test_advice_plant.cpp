#include "pianola/audits/advice_plant.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "audits/demonstrations.hpp"

namespace pianola {
namespace {

AdvisedPlant measured(const std::string& system, std::uint32_t horizon) {
  return AdvisedPlant({test::plant(system), NoiseKey(5), horizon, 0.05, nullptr});
}

TEST(AdvicePlant, GrowthIsTheLargestModulus) {
  const std::vector<double> rest{0.0}, two{0.0, 0.0};
  const auto growth = [&](const std::string& system, std::span<const double> x) {
    return open_loop_growth(*test::plant(system).system, x, rest).value();
  };
  EXPECT_DOUBLE_EQ(growth("scalar_linear:a=-0.9", rest), 0.9);
  EXPECT_DOUBLE_EQ(growth("scalar_linear:a=1.5", rest), 1.5);
  EXPECT_NEAR(growth("linear:a='1.2,0.3,0,1.1',b='0,1'", two), 1.2, 1e-12);
}

TEST(AdvicePlant, MarginalModesKeepTheirErrors) {
  EXPECT_FALSE(keeps_errors(0.999));
  EXPECT_TRUE(keeps_errors(1.0 - 1e-12)) << "an integrator, as rounding leaves it";
  EXPECT_TRUE(keeps_errors(1.0));
  EXPECT_TRUE(keeps_errors(1.5));
}

TEST(AdvicePlant, AQuadrotorIsNotStableInOpenLoop) {
  const auto loop = measured("quadrotor", 60).unstable_loop();
  ASSERT_TRUE(loop) << "thrust, speed and place are integrators of each other";
  EXPECT_NEAR(loop->growth, 1.0, 1e-2) << "none of its modes grows";
  EXPECT_FALSE(loop->a) << "it has more than one state";
}

TEST(AdvicePlant, OnlyScalarPlantsNameAAndTheGain) {
  const auto loop = measured("scalar_linear:a=1.5", 20).unstable_loop();
  ASSERT_TRUE(loop && loop->a && loop->gain);
  EXPECT_DOUBLE_EQ(*loop->a, 1.5);
  EXPECT_LT(std::abs(*loop->a - *loop->gain), 1.0) << "its expert holds it";
  EXPECT_FALSE(measured("scalar_linear:a=0.9", 20).unstable_loop());
}

TEST(AdvicePlant, CountsWhatItPlays) {
  AdvisedPlant linear = measured("scalar_linear:a=0.9", 20);
  EXPECT_EQ(linear.rollouts(), 6u);
  linear.measure_gains(0.1);
  EXPECT_EQ(linear.rollouts(), 6u) << "the gains of a linear plant are known";
  AdvisedPlant pendulum = measured("pendulum", 20);
  pendulum.measure_gains(0.1);
  EXPECT_GT(pendulum.rollouts(), 6u);
  EXPECT_GE(pendulum.chunk_length(), 2u);
}

}  // namespace
}  // namespace pianola
