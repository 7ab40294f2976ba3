#include "pianola/systems/cart_pole.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "pianola/base/error.hpp"
#include "pianola/systems/registry.hpp"
#include "systems/conformance.hpp"
#include "systems/mujoco_fixture.hpp"
#include "systems/planar_motion.hpp"

namespace pianola {
namespace {

using test::Player;
using State = std::array<double, 4>;  // x, θ, ẋ, θ̇

struct Plant {
  double pole = 1.0, mass = 0.2, friction = 0.05;
};

/// Lagrange's equations of a cart of 1 kg with a uniform rod, and friction on both joints.
State next(const State& state, double action, const Plant& plant = {}) {
  constexpr double kCart = 1.0, kGravity = 9.81;
  const double kPole = plant.mass, kHalf = plant.pole / 2.0, kInertia = plant.mass * plant.pole * plant.pole / 12.0;
  const double force = CartPole::kForce * std::clamp(action, -1.0, 1.0);
  const auto accelerations = [&](const State& s) {
    const double c = kPole * kHalf * std::cos(s[1]), sine = std::sin(s[1]);
    const double m11 = kCart + kPole, m22 = kInertia + kPole * kHalf * kHalf;
    const double f1 = force - plant.friction * s[2] + kPole * kHalf * sine * s[3] * s[3];
    const double f2 = kPole * kGravity * kHalf * sine - 0.002 * s[3];
    const double determinant = m11 * m22 - c * c;
    return std::array<double, 2>{(m22 * f1 - c * f2) / determinant, (m11 * f2 - c * f1) / determinant};
  };
  State out = state;
  for (int i = 0; i < 2; ++i) out = test::integrate<2>(out, CartPole::kStepSeconds / 2, accelerations);
  return out;
}

TEST(CartPole, Conforms) {
  SKIP_WITHOUT_MUJOCO();
  const auto system = make_system("cart_pole");
  EXPECT_EQ(system->info().spec, "cart_pole");
  EXPECT_EQ(system->info().default_expert.rfind("lqr", 0), 0u);
  EXPECT_DOUBLE_EQ(system->info().step_seconds, CartPole::kStepSeconds);
  EXPECT_EQ(system->info().action_range, (ActionRange{{-1.0}, {1.0}}));
  conformance::check_system_conformance(*system);
}

void expect_to_follow(const std::string& spec, const Plant& plant) {
  const auto system = make_system(spec);
  Player player(system);
  State state{0.1, 0.2, -0.3, 0.4};
  player.restore(mujoco_state_from_observation(*system, state));
  for (int h = 0; h < 20; ++h) {  // the pole falls soon after
    const double action = 1.5 * std::sin(0.9 * h);
    player.step({action});
    state = next(state, action, plant);
    const auto seen = player.observe();
    for (std::size_t i = 0; i < 4; ++i) {
      ASSERT_NEAR(seen[i], state[i], 1e-7) << spec << ", step " << h << ", entry " << i;
    }
  }
}

TEST(CartPole, FollowsTheEquationsOfMotion) {
  SKIP_WITHOUT_MUJOCO();
  expect_to_follow("cart_pole", {});
  expect_to_follow("cart_pole:friction=2", {.friction = 2.0});
  expect_to_follow("cart_pole:pole=0.9,pole_mass=0.3", {.pole = 0.9, .mass = 0.3});
}

TEST(CartPole, SaysWhichPlantsThereAre) {
  SKIP_WITHOUT_MUJOCO();
  EXPECT_EQ(make_system("cart_pole:pole=0.5,friction=0.05")->info().spec, "cart_pole:pole=0.5");
  for (const char* spec : {"cart_pole:pole=0.01", "cart_pole:pole_mass=-1", "cart_pole:friction=nan"}) {
    EXPECT_THROW(static_cast<void>(make_system(spec)), UsageError) << spec;
  }
}

TEST(CartPole, IsLinearisedAboutUprightAndIsUnstable) {
  SKIP_WITHOUT_MUJOCO();
  const auto model = make_system("cart_pole")->linearise(std::vector<double>(4), std::vector<double>(1));
  ASSERT_TRUE(model.has_value());
  constexpr double kStep = 1e-6;
  for (std::size_t j = 0; j < 4; ++j) {
    State plus{}, minus{};
    plus[j] = kStep, minus[j] = -kStep;
    const State up = next(plus, 0.0), down = next(minus, 0.0);
    for (std::size_t i = 0; i < 4; ++i) EXPECT_NEAR(model->a[4 * i + j], (up[i] - down[i]) / (2 * kStep), 1e-7);
  }
  EXPECT_GT(model->a[4 * 3 + 1], 0.1) << "gravity pulls the pole away from upright";
  EXPECT_GT(model->b[2], 0.0);
  EXPECT_LT(model->b[3], 0.0) << "pushing the cart right tilts the pole left";
}

TEST(CartPole, EndsWhenThePoleFallsOrTheCartLeavesTheRail) {
  SKIP_WITHOUT_MUJOCO();
  const auto system = make_system("cart_pole");
  const auto outcome_at = [&](const State& state) {
    Player player(system);
    player.restore(mujoco_state_from_observation(*system, state));
    player.step({0.0});
    return player.outcome;
  };
  EXPECT_EQ(outcome_at({0, CartPole::kFall - 0.01, 0, 0}), Outcome::running);
  EXPECT_EQ(outcome_at({0, CartPole::kFall + 0.01, 0, 0}), Outcome::terminated);
  EXPECT_EQ(outcome_at({CartPole::kRail - 0.01, 0, 0, 0}), Outcome::running);
  EXPECT_EQ(outcome_at({-CartPole::kRail - 0.01, 0, 0, 0}), Outcome::terminated);
}

TEST(CartPole, RestAtTheMiddleEarnsEverything) {
  SKIP_WITHOUT_MUJOCO();
  const auto system = make_system("cart_pole:horizon=7");
  EXPECT_EQ(system->info().horizon, 7u);
  Player player(system);
  player.restore(mujoco_state_from_observation(*system, std::vector<double>(4)));
  EXPECT_DOUBLE_EQ(player.step({0.0}), *system->info().reward_high);
  EXPECT_THROW(static_cast<void>(make_system("cart_pole:horizon=0")), Error);
  EXPECT_THROW(static_cast<void>(make_system("cart_pole:horizn=3")), UsageError);
}

}  // namespace
}  // namespace pianola
