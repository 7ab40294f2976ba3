#include "pianola/systems/quadrotor.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <string>

#include "pianola/base/error.hpp"
#include "pianola/systems/spectral.hpp"
#include "property.hpp"
#include "systems/conformance.hpp"
#include "systems/planar_motion.hpp"

namespace pianola {
namespace {

using State = std::array<double, 6>;

struct Step {
  std::vector<double> state = std::vector<double>(6);
  double reward = 0.0;
  Outcome outcome = Outcome::running;
};

Step step_from(const System& system, const State& state, const std::array<double, 2>& thrust) {
  const auto plant = system.simulate(1);
  const std::vector<std::uint64_t> id{0};
  const std::vector<std::uint32_t> h{0};
  Step out;
  plant->reset(NoiseKey(1), id);
  plant->restore(state);
  plant->step(h, thrust, {&out.reward, 1}, {&out.outcome, 1});
  plant->save(out.state);
  return out;
}

TEST(Quadrotor, Conforms) {
  conformance::check_system_conformance(*make_system("quadrotor"));
  conformance::check_system_conformance(*make_system("quadrotor:wind=0.5,horizon=50"));
}

TEST(Quadrotor, FallsFreelyWithoutThrust) {
  const Quadrotor system(QuadrotorConfig{});
  State state{0.0, 0.0, 0.4, 1.0, 0.0, 2.0};
  for (int h = 0; h < 10; ++h) {
    const Step step = step_from(system, state, {-Quadrotor::kMaxThrust, -Quadrotor::kMaxThrust});
    std::copy(step.state.begin(), step.state.end(), state.begin());
  }
  EXPECT_NEAR(state[0], 0.2, 1e-12);
  EXPECT_NEAR(state[1], -0.5 * 9.81 * 0.04, 1e-12);
  EXPECT_NEAR(state[2], 0.4 + 0.4, 1e-12);
}

void expect_to_follow(double payload, double gain) {  // the tests' own integrator, at a tenth of the step
  const Quadrotor system(QuadrotorConfig{.payload = payload, .rotor_gain = gain});
  State state{0.1, -0.2, 0.3, 0.4, -0.5, 0.6};
  const std::array<double, 2> thrust{0.7, -0.4};
  const auto accelerations = [&](const State& s) {
    const double mass = 0.486 + payload, sum = 0.486 * 9.81 + gain * (thrust[0] + thrust[1]);
    return std::array<double, 3>{-sum * std::sin(s[2]) / mass, sum * std::cos(s[2]) / mass - 9.81,
                                 0.25 * gain * (thrust[0] - thrust[1]) / 0.00383};
  };
  State expected = state;
  for (int i = 0; i < 10; ++i) expected = test::integrate<3>(expected, Quadrotor::kStepSeconds / 10, accelerations);
  const Step step = step_from(system, state, thrust);
  for (std::size_t i = 0; i < 6; ++i) EXPECT_NEAR(step.state[i], expected[i], 5e-6) << i;
}

TEST(Quadrotor, FollowsTheEquationsOfMotion) {
  expect_to_follow(0.0, 1.0);
  expect_to_follow(0.2, 1.0);
  expect_to_follow(0.0, 0.6);
}

TEST(Quadrotor, SaysWhichPlantsThereAre) {
  EXPECT_EQ(make_system("quadrotor:payload=0.1,rotor_gain=1")->info().spec, "quadrotor:payload=0.1");
  for (const char* spec : {"quadrotor:payload=-0.1", "quadrotor:payload=1", "quadrotor:rotor_gain=0"}) {
    EXPECT_THROW(static_cast<void>(make_system(spec)), UsageError) << spec;
  }
}

TEST(Quadrotor, ThrustIsClippedAndChargedAsClipped) {
  const Quadrotor system(QuadrotorConfig{});
  const Step strong = step_from(system, {}, {50.0, -50.0});
  const Step bound = step_from(system, {}, {Quadrotor::kMaxThrust, -Quadrotor::kMaxThrust});
  EXPECT_EQ(strong.state, bound.state);
  EXPECT_EQ(strong.reward, bound.reward);
  EXPECT_DOUBLE_EQ(bound.reward, 1.0 - 0.05 * std::sqrt(2.0) * Quadrotor::kMaxThrust);
}

TEST(Quadrotor, LeavingTheRoomOrTurningOverEndsIt) {
  const Quadrotor system(QuadrotorConfig{});
  EXPECT_EQ(step_from(system, {0, 0, 0, 0, 0, 0}, {0, 0}).outcome, Outcome::running);
  EXPECT_EQ(step_from(system, {4.99, 0, 0, 1, 0, 0}, {0, 0}).outcome, Outcome::terminated);
  EXPECT_EQ(step_from(system, {0, -4.99, 0, 0, -1, 0}, {0, 0}).outcome, Outcome::terminated);
  EXPECT_EQ(step_from(system, {0, 0, 3.14, 0, 0, 1}, {0, 0}).outcome, Outcome::terminated);
  EXPECT_EQ(step_from(system, {0, 0, 3.14, 0, 0, 1}, {0, 0}).reward, 0.0);
}

TEST(Quadrotor, LinearModelIsTheDerivativeOfAStep) {
  const Quadrotor system(QuadrotorConfig{});
  const State x0{0.1, 0.2, 0.3, -0.1, 0.2, 0.5};
  const std::array<double, 2> u0{0.3, -0.2};
  const auto model = system.linearise(x0, u0);
  ASSERT_TRUE(model.has_value());
  constexpr double kStep = 1e-5;
  for (std::size_t j = 0; j < 8; ++j) {
    State plus = x0, minus = x0;
    auto up = u0, down = u0;
    (j < 6 ? plus[j] : up[j - 6]) += kStep;
    (j < 6 ? minus[j] : down[j - 6]) -= kStep;
    const Step a = step_from(system, plus, up), b = step_from(system, minus, down);
    for (std::size_t i = 0; i < 6; ++i) {
      const double slope = j < 6 ? model->a[6 * i + j] : model->b[2 * i + j - 6];
      EXPECT_NEAR(slope, (a.state[i] - b.state[i]) / (2 * kStep), 1e-8) << i << ", " << j;
    }
  }
}

TEST(Quadrotor, OpenLoopIsUnstableInChains) {
  const auto model = make_system("quadrotor")->linearise(State{}, std::array<double, 2>{}).value();
  std::vector<double> power(36), next(36);
  for (std::size_t i = 0; i < 6; ++i) power[7 * i] = 1.0;
  const auto multiply = [&](int times) {
    for (int t = 0; t < times; ++t) {
      for (std::size_t i = 0; i < 36; ++i) {
        next[i] = 0.0;
        for (std::size_t k = 0; k < 6; ++k) next[i] += model.a[i / 6 * 6 + k] * power[k * 6 + i % 6];
      }
      power = next;
    }
    return spectral_norm(power, 6, 6);
  };
  const double once = multiply(2000), twice = multiply(2000);
  EXPECT_NEAR(twice / once, 8.0, 0.3) << "errors grow with the third power of time";
}

TEST(Quadrotor, RewardIsLipschitzAsDeclared) {
  const Quadrotor system(QuadrotorConfig{});
  const double constant = system.info().reward_lipschitz.value();
  test::property([&](std::array<std::int16_t, 8> a, std::array<std::int16_t, 8> b, bool near) {
    State x{}, y{};
    std::array<double, 2> u{}, v{};
    double state = 0.0, action = 0.0;
    for (std::size_t i = 0; i < 6; ++i) {
      x[i] = a[i] / 20000.0, y[i] = near ? x[i] + b[i] * 1e-8 : b[i] / 20000.0;
      state += (x[i] - y[i]) * (x[i] - y[i]);
    }
    for (std::size_t i = 0; i < 2; ++i) {
      u[i] = a[6 + i] / 16384.0, v[i] = near ? u[i] + b[6 + i] * 1e-8 : b[6 + i] / 16384.0;
      action += (u[i] - v[i]) * (u[i] - v[i]);
    }
    const double change = step_from(system, x, u).reward - step_from(system, y, v).reward;
    RC_ASSERT(std::abs(change) <= constant * (std::sqrt(state) + std::sqrt(action)) + 1e-12);
  });
}

TEST(Quadrotor, BadOptionsAndPointsAreNamed) {
  EXPECT_THROW(static_cast<void>(make_system("quadrotor:wind=-1")), UsageError);
  EXPECT_THROW(static_cast<void>(make_system("quadrotor:horizon=0")), UsageError);
  const auto system = make_system("quadrotor");
  EXPECT_THROW(static_cast<void>(system->linearise(std::vector<double>(5), std::vector<double>(2))), UsageError);
  EXPECT_THROW(static_cast<void>(system->linearise(std::vector<double>(6), std::vector<double>{9.0, 0.0})), UsageError);
}

}  // namespace
}  // namespace pianola
