#include "pianola/experts/position_target.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <string>

#include "experts/conformance.hpp"
#include "experts/plain_system.hpp"
#include "pianola/base/error.hpp"
#include "pianola/systems/mujoco.hpp"

namespace pianola {
namespace {

#define SKIP_WITHOUT_MUJOCO() \
  if (!mujoco_unavailable().empty()) GTEST_SKIP() << mujoco_unavailable()

std::string usage_error(const std::string& spec, const std::shared_ptr<const System>& system) {
  try {
    static_cast<void>(make_expert(spec, system));
  } catch (const UsageError& error) {
    return error.what();
  }
  ADD_FAILURE() << "no UsageError for " << spec;
  return "";
}

TEST(PositionTargetExpert, Conforms) {
  SKIP_WITHOUT_MUJOCO();
  conformance::check_expert_conformance("position_target", make_system("position_control"));
  conformance::check_expert_conformance("position_target",
                                        make_system("position_control:system=two_link_reacher,kp=5,kd=0.5"));
}

TEST(PositionTargetExpert, AsksForTheEffortOfTheInnerExpert) {
  SKIP_WITHOUT_MUJOCO();
  const auto system = make_system("position_control:kp=7,kd=0.3");
  const auto inner = make_expert("", make_system("cart_pole")), outer = make_expert("", system);
  const std::vector<double> seen{0.1, -0.2, 0.3, -0.4, 0.0, 0.1, 0.2, 0.3};
  const auto efforts = actions_on(*inner, seen), targets = actions_on(*outer, seen);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_NEAR(7.0 * (targets[i] - seen[4 * i]) - 0.3 * seen[4 * i + 2], efforts[i], 1e-12);
  }
  EXPECT_GE(*outer->info().lipschitz, 1.0);
}

TEST(PositionTargetExpert, BalancesThroughTheLoop) {
  SKIP_WITHOUT_MUJOCO();
  for (const char* gains : {"kp=5,kd=0.5", "kp=20,kd=2", "kp=60,kd=4"}) {
    const auto system = make_system("position_control:" + std::string(gains));
    const auto played = conformance::play(*system, *make_expert("", system), 50, 200);
    EXPECT_LT(played.terminated_fraction, 0.03) << gains;
    EXPECT_GT(played.mean_return, 120.0) << gains;
  }
}

TEST(PositionTargetExpert, ReachesThroughTheLoop) {
  SKIP_WITHOUT_MUJOCO();
  const auto inner = make_system("two_link_reacher");
  const auto direct = conformance::play(*inner, *make_expert("", inner), 30, 50);
  const auto system = make_system("position_control:system=two_link_reacher,kp=5,kd=0.5");
  const auto played = conformance::play(*system, *make_expert("", system), 30, 50);
  EXPECT_NEAR(played.mean_return, direct.mean_return, 0.2 * std::abs(direct.mean_return));
}

TEST(PositionTargetExpert, WhatItCannotPlayIsNamed) {
  SKIP_WITHOUT_MUJOCO();
  EXPECT_NE(usage_error("position_target", make_system("cart_pole")).find("'position_control' only"),
            std::string::npos);
  const auto system = make_system("position_control");
  EXPECT_NE(usage_error("position_target:expert=swing_up", system).find("'pendulum' only"), std::string::npos);
  const std::string path = testing::TempDir() + "hidden.toml";
  std::ofstream(testing::TempDir() + "hidden.xml")
      << "<mujoco><worldbody><body><joint name='turn'/><geom size='.1' mass='1'/></body></worldbody>"
         "<actuator><motor joint='turn'/></actuator></mujoco>";
  std::ofstream(path) << "model = \"hidden.xml\"\nobservation = [{ source = \"qpos\", map = \"sin\" }, "
                         "{ source = \"qvel\" }]\n";
  const auto hidden = make_system("position_control:system='mujoco:path=" + path + "'");
  EXPECT_EQ(hidden->info().default_expert, "");
  const std::string message = usage_error("position_target", hidden);
  EXPECT_NE(message.find("joint 'turn'"), std::string::npos) << message;
}

}  // namespace
}  // namespace pianola
