#include "pianola/systems/position_control.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <limits>
#include <string>

#include "pianola/base/error.hpp"
#include "pianola/systems/spectral.hpp"
#include "systems/conformance.hpp"
#include "systems/mujoco_fixture.hpp"
#include "systems/planar_motion.hpp"

namespace pianola {
namespace {

using test::Player;
using State = std::array<double, 4>;  // x, θ, ẋ, θ̇ of the cart-pole

/// A cart of 1 kg on a limited slide under a motor of gear 5, and a second that is a servo already.
constexpr const char* kSlider = R"(<mujoco><option timestep="0.01" gravity="0 0 0" integrator="RK4"/>
  <worldbody><body><joint name="slide" type="slide" axis="1 0 0" limited="true" range="-1 1"/>
  <geom size="0.1" mass="1"/></body></worldbody>
  <actuator><motor name="push" joint="slide" gear="5" ctrllimited="true" ctrlrange="-2 2"/></actuator></mujoco>)";

std::string usage_error(const std::string& spec) {
  try {
    static_cast<void>(make_system(spec));
  } catch (const UsageError& error) {
    return error.what();
  }
  ADD_FAILURE() << "no UsageError for " << spec;
  return "";
}

/// Writes a model into the tests' folder; its spec as an inner system.
std::string written(const std::string& name, const std::string& model) {
  const std::string path = testing::TempDir() + name;
  std::ofstream(path) << model;
  return "mujoco:model=" + path;
}

TEST(PositionControl, Conforms) {
  SKIP_WITHOUT_MUJOCO();
  conformance::check_system_conformance(*make_system("position_control"));
  const auto arm = make_system("position_control:system=two_link_reacher,kp=5,kd=0.5");
  EXPECT_EQ(arm->info().spec, "position_control:system=two_link_reacher,kp=5,kd=0.5");
  conformance::check_system_conformance(*arm);
}

TEST(PositionControl, ClosesTheLoopBeforeEverySimulatorStep) {
  SKIP_WITHOUT_MUJOCO();
  const auto system = make_system("position_control:kp=3,kd=0.7");
  const auto inner = make_system("cart_pole");
  Player player(system);
  State state{0.1, 0.2, -0.3, 0.4};
  player.restore(mujoco_state_from_observation(*system, state));
  // By hand: cart_pole takes two simulator steps of 0.01 s a step, with a new command before each.
  const auto accelerations = [](double force) {
    return [force](const State& s) {
      constexpr double kCart = 1.0, kPole = 0.2, kHalf = 0.5, kInertia = kPole / 12.0;
      const double c = kPole * kHalf * std::cos(s[1]), sine = std::sin(s[1]);
      const double m11 = kCart + kPole, m22 = kInertia + kPole * kHalf * kHalf;
      const double f1 = force - 0.05 * s[2] + kPole * kHalf * sine * s[3] * s[3];
      const double f2 = kPole * 9.81 * kHalf * sine - 0.002 * s[3];
      const double determinant = m11 * m22 - c * c;
      return std::array<double, 2>{(m22 * f1 - c * f2) / determinant, (m11 * f2 - c * f1) / determinant};
    };
  };
  for (int h = 0; h < 10; ++h) {
    const double target = 0.4 * std::sin(0.7 * h);
    for (int i = 0; i < 2; ++i) {
      const double command = std::clamp(3.0 * (target - state[0]) - 0.7 * state[2], -1.0, 1.0);
      state = test::integrate<2>(state, 0.01, accelerations(6.0 * command));
    }
    player.step({target});
    const auto seen = player.observe();
    for (std::size_t i = 0; i < 4; ++i) ASSERT_NEAR(seen[i], state[i], 1e-7) << "step " << h << ", entry " << i;
  }
}

TEST(PositionControl, HoldsATargetAndForgetsErrorsTheSoonerTheStifferItIs) {
  SKIP_WITHOUT_MUJOCO();
  const std::string inner = written("slider.xml", kSlider);
  double previous = 1.0;
  for (const auto& [kp, kd] : {std::pair{0.2, 0.4}, std::pair{0.8, 0.8}, std::pair{3.2, 1.6}}) {  // critically damped
    const auto system =
        make_system("position_control:system='" + inner + "',kp=" + std::to_string(kp) + ",kd=" + std::to_string(kd));
    const auto model = system->linearise(std::vector<double>(2), std::vector<double>(1));
    ASSERT_TRUE(model.has_value());
    const double radius = spectral_radius(model->a, 2);
    EXPECT_LT(radius, previous - 1e-3);
    previous = radius;
    Player player(system);
    for (int h = 0; h < 1000; ++h) player.step({0.5});
    EXPECT_NEAR(player.observe()[0], 0.5, 1e-3) << kp;
  }
}

TEST(PositionControl, TargetsReachBeyondTheStopAsFarAsTheMotorCanPush) {
  SKIP_WITHOUT_MUJOCO();
  const auto system = make_system("position_control:system='" + written("stop.xml", kSlider) + "',kp=4,kd=0");
  EXPECT_EQ(system->info().action_range, (ActionRange{{-1.5}, {1.5}}));
  Player at_bound(system), beyond(system);
  at_bound.step({1.5}), beyond.step({80.0});
  EXPECT_EQ(at_bound.observe(), beyond.observe());
  EXPECT_EQ(make_system("position_control")->info().action_range.high[0], std::numeric_limits<double>::infinity())
      << "the slider of cart_pole has no stop";
}

TEST(PositionControl, RewardsReadTheCommand) {
  SKIP_WITHOUT_MUJOCO();
  const std::string model = written("charged.xml", kSlider);
  const std::string path = testing::TempDir() + "charged.toml";
  std::ofstream(path) << "model = \"charged.xml\"\n[[reward]]\nterm = \"sum\"\nsource = \"action\"\n"
                      << "[[reward]]\nterm = \"sum\"\nweight = 10\nsource = \"control\"\n";
  const auto system = make_system("position_control:system='mujoco:path=" + path + "',kp=3,kd=0");
  Player player(system);
  EXPECT_DOUBLE_EQ(player.step({0.5}), 1.5 + 15.0);
  EXPECT_DOUBLE_EQ(Player(system).step({1.2}), 2.0 + 20.0) << "clamped to what the motor takes";
}

TEST(PositionControl, ShowsItsServoToExperts) {
  SKIP_WITHOUT_MUJOCO();
  const auto system = make_system("position_control:kp=4,kd=1");
  const PositionServo* servo = position_servo(*system);
  ASSERT_NE(servo, nullptr);
  EXPECT_EQ(servo->kp, 4.0);
  EXPECT_EQ(servo->inner->info().spec, "cart_pole");
  EXPECT_EQ(servo->positions, std::vector<std::size_t>{0});
  EXPECT_EQ(servo->velocities, std::vector<std::size_t>{2});
  EXPECT_EQ(servo->hidden, "");
  EXPECT_EQ(system->info().default_expert, "position_target");
  EXPECT_EQ(position_servo(*make_system("cart_pole")), nullptr);
  EXPECT_EQ(position_servo(*make_system("pendulum")), nullptr);
}

TEST(PositionControl, WhatItCannotDriveIsNamed) {
  SKIP_WITHOUT_MUJOCO();
  EXPECT_NE(usage_error("position_control:system=pendulum").find("not 'pendulum'"), std::string::npos);
  EXPECT_NE(usage_error("position_control:system=position_control").find("MuJoCo system"), std::string::npos);
  EXPECT_NE(usage_error("position_control:kp=0").find("'kp'"), std::string::npos);
  EXPECT_NE(usage_error("position_control:kd=-1").find("'kd'"), std::string::npos);
  EXPECT_NE(usage_error("position_control:system=cart_pol").find("cart_pole"), std::string::npos);
  const std::string motor = "<motor name=\"push\" joint=\"slide\" gear=\"5\"";
  std::string servo = kSlider;
  servo.replace(servo.find(motor), motor.size(), "<position name=\"hold\" joint=\"slide\"");
  const std::string message = usage_error("position_control:system='" + written("servo.xml", servo) + "'");
  EXPECT_NE(message.find("actuator 'hold'"), std::string::npos) << message;
}

}  // namespace
}  // namespace pianola
