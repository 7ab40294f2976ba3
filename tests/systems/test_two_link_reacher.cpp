#include "pianola/systems/two_link_reacher.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "pianola/systems/registry.hpp"
#include "systems/conformance.hpp"
#include "systems/mujoco_fixture.hpp"
#include "systems/planar_motion.hpp"

namespace pianola {
namespace {

using test::Player;
using State = std::array<double, 4>;  // θ₁, θ₂, θ̇₁, θ̇₂

/// M(θ) θ̈ + C(θ, θ̇) θ̇ + D θ̇ = τ of two uniform rods.
State next(const State& state, const std::vector<double>& action) {
  using Arm = TwoLinkArm;
  constexpr double kOuter = Arm::kForearmMass * Arm::kForearm * Arm::kForearm / 3.0;
  constexpr double kInner = (Arm::kUpperMass / 3.0 + Arm::kForearmMass) * Arm::kUpperArm * Arm::kUpperArm + kOuter;
  constexpr double kCoupling = Arm::kForearmMass * Arm::kUpperArm * Arm::kForearm / 2.0;
  const auto accelerations = [&](const State& s) {
    const double c = kCoupling * std::cos(s[1]), v = kCoupling * std::sin(s[1]);
    const double m11 = kInner + 2.0 * c, m12 = kOuter + c, m22 = kOuter;
    const double f1 = Arm::kShoulderGear * action[0] - Arm::kJointDamping * s[2] + v * s[3] * (2.0 * s[2] + s[3]);
    const double f2 = Arm::kElbowGear * action[1] - Arm::kJointDamping * s[3] - v * s[2] * s[2];
    const double determinant = m11 * m22 - m12 * m12;
    return std::array<double, 2>{(m22 * f1 - m12 * f2) / determinant, (m11 * f2 - m12 * f1) / determinant};
  };
  State out = state;
  for (int i = 0; i < 2; ++i) out = test::integrate<2>(out, 0.01, accelerations);
  return out;
}

TEST(TwoLinkReacher, Conforms) {
  SKIP_WITHOUT_MUJOCO();
  const auto system = make_system("two_link_reacher");
  EXPECT_EQ(system->info().spec, "two_link_reacher");
  EXPECT_EQ(system->info().default_expert.rfind("reach", 0), 0u);
  EXPECT_EQ(system->info().observation_dim, TwoLinkArm::kObservationDim);
  EXPECT_EQ(system->info().action_dim, TwoLinkArm::kActionDim);
  EXPECT_EQ(system->info().action_range, (ActionRange{{-1.0, -1.0}, {1.0, 1.0}}));
  conformance::check_system_conformance(*system);
}

TEST(TwoLinkReacher, FollowsTheEquationsOfMotion) {
  SKIP_WITHOUT_MUJOCO();
  const auto system = make_system("two_link_reacher");
  Player player(system);
  State state{0.4, -0.9, 0.5, -0.2};
  player.restore(mujoco_state(*system, std::vector<double>{0.4, -0.9, 0.3, 0.1}, std::vector<double>{0.5, -0.2, 0, 0}));
  for (int h = 0; h < 50; ++h) {
    const std::vector<double> action{0.4 * std::sin(0.3 * h), 0.3 * std::cos(0.2 * h)};
    player.step(action);
    state = next(state, action);
    const auto seen = player.observe();
    for (std::size_t i = 0; i < 4; ++i) ASSERT_NEAR(seen[i], state[i], 1e-6) << "step " << h << ", entry " << i;
    EXPECT_EQ(seen[TwoLinkArm::kTarget], 0.3) << "targets stay";
    EXPECT_EQ(seen[TwoLinkArm::kTarget + 1], 0.1);
  }
}

TEST(TwoLinkReacher, ObservesTheWayFromTheTarget) {
  SKIP_WITHOUT_MUJOCO();
  const auto system = make_system("two_link_reacher");
  for (std::uint64_t id = 0; id < 50; ++id) {
    const auto x = Player(system, id).observe();
    const double tip_x = TwoLinkArm::kUpperArm * std::cos(x[0]) + TwoLinkArm::kForearm * std::cos(x[0] + x[1]);
    const double tip_y = TwoLinkArm::kUpperArm * std::sin(x[0]) + TwoLinkArm::kForearm * std::sin(x[0] + x[1]);
    EXPECT_NEAR(x[TwoLinkArm::kToTarget], tip_x - x[TwoLinkArm::kTarget], 1e-12);
    EXPECT_NEAR(x[TwoLinkArm::kToTarget + 1], tip_y - x[TwoLinkArm::kTarget + 1], 1e-12);
    const double r = std::hypot(x[TwoLinkArm::kTarget], x[TwoLinkArm::kTarget + 1]);
    EXPECT_GE(r, TwoLinkArm::kTargetNear);
    EXPECT_LE(r, TwoLinkArm::kTargetFar);
  }
}

TEST(TwoLinkReacher, RestOnTheTargetEarnsEverything) {
  SKIP_WITHOUT_MUJOCO();
  const auto system = make_system("two_link_reacher");
  Player player(system);
  const double tip = TwoLinkArm::kUpperArm + TwoLinkArm::kForearm;
  player.restore(mujoco_state(*system, std::vector<double>{0, 0, tip, 0}, std::vector<double>(4)));
  EXPECT_NEAR(player.step({0.0, 0.0}), *system->info().reward_high, 1e-12);
  player.restore(mujoco_state(*system, std::vector<double>{3, 0, tip, 0}, std::vector<double>(4)));
  EXPECT_LT(player.step({1.0, 1.0}), 0.1);
}

}  // namespace
}  // namespace pianola
