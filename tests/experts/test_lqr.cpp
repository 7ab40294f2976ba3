#include "pianola/experts/lqr.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "experts/conformance.hpp"
#include "experts/plain_system.hpp"
#include "pianola/base/error.hpp"
#include "pianola/systems/linear.hpp"
#include "pianola/systems/mujoco.hpp"
#include "pianola/systems/quadrotor.hpp"
#include "pianola/systems/spectral.hpp"

namespace pianola {
namespace {

std::string usage_error(const std::string& spec, const std::shared_ptr<const System>& system) {
  try {
    static_cast<void>(make_expert(spec, system));
  } catch (const UsageError& error) {
    return error.what();
  }
  ADD_FAILURE() << "no UsageError for " << spec;
  return "";
}

TEST(LqrExpert, Conforms) {
  for (const char* spec : {"lqr", "lqr:q=2,r=0.1", "lqr:q='1;3',x0='1;0',u0=0.5"}) {
    conformance::check_expert_conformance(spec, make_system("linear:noise=0.1"));
  }
}

TEST(LqrExpert, PlaysALinearSystemsOwnGain) {
  const auto system = make_system("linear:gain='0.25,0.5'");
  const Lqr expert({}, *system);
  EXPECT_EQ(std::vector(expert.gain().begin(), expert.gain().end()), (std::vector{0.25, 0.5}));
  EXPECT_EQ(actions_on(expert, {1.0, -3.0}), std::vector{-(0.25 - 1.5)});
  EXPECT_EQ(actions_on(Lqr({}, *make_system("scalar_linear:gain=2")), {1.5}), std::vector{-3.0});
}

TEST(LqrExpert, EarnsTheWholeRewardOfTheSystem) {
  for (const char* spec : {"scalar_linear:a=1.2,noise=0.3", "linear:noise=0.1"}) {
    const auto system = make_system(spec);
    EXPECT_DOUBLE_EQ(conformance::play(*system, *make_expert("", system), 8, 40).mean_return, 40.0);
  }
}

TEST(LqrExpert, WeightsReplaceTheSystemsGain) {
  const auto system = make_system("scalar_linear:a=1.2,gain=0.5");
  EXPECT_NEAR(Lqr({.r = {1e-9}}, *system).gain()[0], 1.2, 1e-6);
  EXPECT_NEAR(Lqr({.r = {1e9}}, *system).gain()[0], 1.2 - 1.0 / 1.2, 1e-6);
}

TEST(LqrExpert, OneNumberADiagonalAndAMatrixAreTheSameWeights) {
  const auto system = make_system("linear");
  const auto gain = [&](const LqrConfig& config) {
    const Lqr expert(config, *system);
    return std::vector(expert.gain().begin(), expert.gain().end());
  };
  EXPECT_EQ(gain({.q = {3.0}}), gain({.q = {3.0, 3.0}}));
  EXPECT_EQ(gain({.q = {3.0}}), gain({.q = {3.0, 0.0, 0.0, 3.0}}));
  EXPECT_NE(gain({.q = {3.0}}), gain({.q = {3.0, 1.0}}));
}

TEST(LqrExpert, HoldsAnotherPoint) {
  const auto system = make_system("linear:gain='1,2'");
  EXPECT_EQ(actions_on(Lqr({.x0 = {4.0, 0.0}, .u0 = {0.5}}, *system), {4.0, 0.0}), std::vector{0.5});
}

TEST(LqrExpert, LipschitzConstantIsTheGainsNorm) {
  const auto system = make_system("linear:gain='3,4'");
  EXPECT_NEAR(*Lqr({}, *system).info().lipschitz, 5.0, 1e-10);
  EXPECT_GE(*Lqr({}, *system).info().lipschitz, 5.0);
}

TEST(LqrExpert, BalancesTheCartPole) {
  for (const SystemEntry& entry : systems()) {
    if (entry.name == "cart_pole" && !entry.unavailable.empty()) GTEST_SKIP() << entry.unavailable;
  }
  const auto system = make_system("cart_pole");
  const auto played = conformance::play(*system, *make_expert("lqr", system), 8, system->info().horizon);
  EXPECT_EQ(played.terminated_fraction, 0.0);
  for (const double x : played.observations.back()) EXPECT_LT(std::abs(x), 0.05);
}

bool without_mujoco() { return !mujoco_unavailable().empty(); }

/// A pendulum on a motor, observed as (angle, speed): the angle is 0 where it points sideways, π/2 where it hangs.
std::shared_ptr<const System> motor_pendulum() {
  constexpr const char* kModel = R"(<mujoco><option timestep="0.01"/><worldbody>
    <body><joint name="j" type="hinge" axis="0 1 0"/><geom type="sphere" size="0.05" pos="1 0 0" mass="0.5"/></body>
    </worldbody><actuator><motor joint="j" ctrllimited="true" ctrlrange="-9 9"/></actuator></mujoco>)";
  return make_mujoco_system({.where = "pendulum", .spec = "fixture", .model = "p.xml", .model_text = kModel});
}

TEST(LqrExpert, HoldsAnEquilibriumOfAMujocoSystem) {
  if (without_mujoco()) GTEST_SKIP() << mujoco_unavailable();
  const auto system = motor_pendulum();
  const double torque = -0.5 * 9.81;  // holds the weight sideways
  const Lqr expert({.u0 = {torque}}, *system);
  EXPECT_EQ(actions_on(expert, {0.0, 0.0}), std::vector{torque});
  EXPECT_NO_THROW(Lqr({.u0 = {-4.905001}}, *system)) << "rounded";
  EXPECT_NO_THROW(Lqr({.x0 = {-1.570796, 0.0}}, *system)) << "upright, rounded";
}

TEST(LqrExpert, RefusesAPointThatIsNoEquilibrium) {
  if (without_mujoco()) GTEST_SKIP() << mujoco_unavailable();
  const auto system = motor_pendulum();
  const std::string message = usage_error("lqr", system);  // falls: 9.81 rad/s² for 0.01 s
  EXPECT_NE(message.find("no equilibrium of system 'fixture'"), std::string::npos) << message;
  EXPECT_NE(message.find("moves observation 1 from 0 to 0.09"), std::string::npos) << message;
  EXPECT_NE(usage_error("lqr:u0=-4.8", system).find("no equilibrium"), std::string::npos);
  EXPECT_NE(usage_error("lqr:x0='-1.570796;0.5'", system).find("no equilibrium"), std::string::npos) << "it moves";
  EXPECT_NE(usage_error("lqr:u0=9", system).find("inside [-9, 9]"), std::string::npos);
}

TEST(LqrExpert, ASystemWithoutLinearModelNamesItsOwnExpert) {
  const std::string message = usage_error("lqr", make_system("pendulum"));
  EXPECT_NE(message.find("'pendulum' has no linear model"), std::string::npos) << message;
  EXPECT_NE(message.find("swing_up"), std::string::npos) << message;
  EXPECT_NE(usage_error("lqr", std::make_shared<PlainSystem>(2, 1)).find("another expert"), std::string::npos);
}

TEST(LqrExpert, BadOptionsAreNamed) {
  const auto system = make_system("linear");
  EXPECT_NE(usage_error("lqr:q='1;2;3'", system).find("option 'q' takes 1, 2 or 4 numbers, not 3"), std::string::npos);
  EXPECT_NE(usage_error("lqr:x0=1", system).find("option 'x0' takes 2 numbers"), std::string::npos);
  EXPECT_NE(usage_error("lqr:u0='1;1'", system).find("option 'u0' takes 1 numbers"), std::string::npos);
  EXPECT_NE(usage_error("lqr:x0='1;inf'", system).find("number 2 of option 'x0' is inf"), std::string::npos);
  EXPECT_NE(usage_error("lqr:q=inf", system).find("must be finite"), std::string::npos);
  EXPECT_NE(usage_error("lqr:r=0", system).find("R must be positive definite"), std::string::npos);
  EXPECT_NE(usage_error("lqr:q=1", make_system("linear:a='2,0,0,0.5',b='0,1',gain='0,0'")).find("eigenvalue 2"),
            std::string::npos);
}

TEST(LqrExpert, HoversTheQuadrotorFromEveryStart) {
  for (const char* spec : {"quadrotor", "quadrotor:wind=1", "quadrotor:payload=0.1"}) {
    const auto system = make_system(spec);
    const auto played = conformance::play(*system, *make_expert("", system), 200, 200);
    EXPECT_EQ(played.terminated_fraction, 0.0) << spec;
    double saturated = 0.0, far = 0.0;
    for (const auto& actions : played.actions) {
      for (const double u : actions) saturated += std::abs(u) >= Quadrotor::kMaxThrust;
    }
    for (std::size_t lane = 0; lane < 200; ++lane) {
      const auto& last = played.observations.back();
      far = std::max(far, std::hypot(last[6 * lane], last[6 * lane + 1]));
    }
    EXPECT_GT(saturated, 0.0) << spec;
    EXPECT_LT(far, 0.25) << spec;
  }
}

}  // namespace
}  // namespace pianola
