#include "pianola/systems/scalar_linear.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

#include "pianola/base/error.hpp"
#include "property.hpp"
#include "systems/conformance.hpp"

namespace pianola {
namespace {

std::string usage_error(const std::string& spec) {
  try {
    static_cast<void>(make_system(spec));
  } catch (const UsageError& error) {
    return error.what();
  }
  ADD_FAILURE() << "no UsageError for " << spec;
  return "";
}

/// One step of one lane from x under u.
struct Step {
  double next, reward;
  Outcome outcome;
};
Step step_from(const System& system, double x, double u, Outcome outcome = Outcome::running) {
  const auto plant = system.simulate(1);
  const std::uint64_t id = 0;
  const std::uint32_t h = 0;
  plant->reset(NoiseKey(1), {&id, 1});
  plant->restore({&x, 1});
  Step out{0.0, 0.0, outcome};
  plant->step({&h, 1}, {&u, 1}, {&out.reward, 1}, {&out.outcome, 1});
  plant->observe({&out.next, 1});
  return out;
}

TEST(ScalarLinear, Conforms) {
  for (const char* spec :
       {"scalar_linear", "scalar_linear:a=1.3,b=0.5,noise=0.1,low=-1,high=1", "scalar_linear:a=1.3,limit=2.5"}) {
    conformance::check_system_conformance(*make_system(spec));
  }
  conformance::check_system_conformance(*make_system("scalar_linear:x0=2,gain=0.3,horizon=7"), {},
                                        conformance::Start::fixed);
}

TEST(ScalarLinear, StepIsTheEquation) {
  const ScalarLinear system({.a = 1.1, .b = 0.5, .gain = 0.8});
  test::property([&](int x_raw, int u_raw) {
    const double x = x_raw * 1e-7, u = u_raw * 1e-7;
    const Step step = step_from(system, x, u);
    RC_ASSERT(step.next == 1.1 * x + 0.5 * u);
    RC_ASSERT(step.reward == 1.0 - std::min(1.0, std::abs(u + 0.8 * x)));
    RC_ASSERT(step.outcome == Outcome::running);
  });
}

TEST(ScalarLinear, TheOwnGainEarnsEverything) {
  const auto system = std::make_shared<ScalarLinear>(ScalarLinearConfig{.a = 1.4});
  EXPECT_EQ(step_from(*system, 2.0, -system->gain()[0] * 2.0).reward, 1.0);
  EXPECT_LT(std::abs(1.4 - system->gain()[0]), 1.0);
}

TEST(ScalarLinear, InitialStateFollowsTheOptions) {
  const auto start = [](const std::string& spec) {
    const auto system = make_system(spec);
    return conformance::Run(*system, NoiseKey(2), {5}).observe()[0];
  };
  const double z = start("scalar_linear");
  EXPECT_EQ(start("scalar_linear:x0=3"), 3.0);
  EXPECT_EQ(start("scalar_linear:x0=3,x0_std=2"), 3.0 + 2.0 * z);
  EXPECT_EQ(start("scalar_linear:noise=1"), z) << "noise must not move the initial state";
}

TEST(ScalarLinear, NoiseIsThatOfItsStream) {
  const auto system = make_system("scalar_linear:a=0,b=0,gain=0,noise=0.5");
  conformance::Run run(*system, NoiseKey(6), conformance::iota(70, 5));
  for (std::uint32_t h = 0; h < 3; ++h) {
    run.step();
    const auto x = run.observe();
    for (std::size_t i = 0; i < x.size(); ++i) EXPECT_EQ(x[i], 0.5 * normal(NoiseKey(6).child("plant"), 5 + i, h));
  }
}

TEST(ScalarLinear, InitialStatesAndNoiseAreStandardNormal) {
  const auto system = make_system("scalar_linear:a=0,b=1,noise=2");
  conformance::Run run(*system, NoiseKey(6), conformance::iota(20000));
  for (int round = 0; round < 2; ++round) {  // x_1 ~ N(0, 1), then x_2 − u ~ N(0, 4)
    double sum = 0.0, squares = 0.0;
    const auto x = run.observe();
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double centred = x[i] - run.actions[i];
      sum += centred, squares += centred * centred;
    }
    const double variance = round == 0 ? 1.0 : 4.0;
    EXPECT_NEAR(sum / 20000.0, 0.0, 5.0 * std::sqrt(variance / 20000.0));
    EXPECT_NEAR(squares / 20000.0, variance, 5.0 * variance * std::sqrt(2.0 / 20000.0));
    run.step();
  }
}

TEST(ScalarLinear, DivergenceKeepsTheLastStateAndItsReward) {
  const ScalarLinear system({.a = 2.0, .gain = 1.5});
  const Step within = step_from(system, 0.5e9, 0.0), beyond = step_from(system, 0.6e9, 0.0);
  EXPECT_EQ(within.outcome, Outcome::running);
  EXPECT_EQ(within.next, 1e9);
  EXPECT_EQ(beyond.outcome, Outcome::diverged);
  EXPECT_EQ(beyond.next, 0.6e9);
  EXPECT_EQ(step_from(system, 0.6e9, -0.9e9).reward, 1.0) << "−k x is the right action to the end";
  EXPECT_EQ(step_from(system, 1.0, std::numeric_limits<double>::max()).outcome, Outcome::diverged);
}

TEST(ScalarLinear, AStatedBallCanBeLeft) {
  const auto system = make_system("scalar_linear:a=2,limit=10");
  EXPECT_EQ(system->info().spec, "scalar_linear:a=2,limit=10");
  EXPECT_EQ(step_from(*system, 5.0, 0.0).outcome, Outcome::running);
  const Step beyond = step_from(*system, 5.1, 0.0);
  EXPECT_EQ(beyond.outcome, Outcome::diverged);
  EXPECT_EQ(beyond.next, 5.1) << "the last state within it";
  EXPECT_EQ(step_from(*system, 11.0, -20.0).outcome, Outcome::running) << "a start beyond it that comes back";
}

TEST(ScalarLinear, AFrozenLaneAmongRunningOnesStaysPut) {
  const Step frozen = step_from(ScalarLinear({}), 0.25, 0.1, Outcome::truncated);
  EXPECT_EQ(frozen.next, 0.25);
  EXPECT_EQ(frozen.reward, 0.0);
  EXPECT_EQ(frozen.outcome, Outcome::truncated);
}

TEST(ScalarLinear, InfoSaysWhatHolds) {
  const auto system = make_system("scalar_linear:gain=2.5,noise=0.1,low=-1,high=1");
  EXPECT_EQ(system->info().reward_lipschitz, 2.5);
  EXPECT_FALSE(system->info().deterministic);
  EXPECT_TRUE(system->info().action_range == (ActionRange{{-1.0}, {1.0}}));
  EXPECT_EQ(system->info().default_expert, "lqr");
  EXPECT_EQ(make_system("scalar_linear:gain=0.1")->info().reward_lipschitz, 1.0);
}

TEST(ScalarLinear, RewardIsLipschitzAsDeclared) {
  const auto system = make_system("scalar_linear:gain=1.7");
  const double constant = system->info().reward_lipschitz.value();
  test::property([&](std::int16_t a, std::int16_t b, std::int16_t c, std::int16_t d) {
    const double x = a * 1e-4, u = b * 1e-4, y = c * 1e-4, v = d * 1e-4;
    const double change = std::abs(step_from(*system, x, u).reward - step_from(*system, y, v).reward);
    RC_ASSERT(change <= constant * (std::abs(x - y) + std::abs(u - v)) + 1e-12);
  });
}

TEST(ScalarLinear, LineariseIsExact) {
  const std::vector<double> zero{0.0}, two{0.0, 0.0};
  const auto system = make_system("scalar_linear:a=0.5,b=-2");
  const auto model = system->linearise(zero, zero).value();
  EXPECT_EQ(model.a, std::vector{0.5});
  EXPECT_EQ(model.b, std::vector{-2.0});
  EXPECT_THROW(static_cast<void>(system->linearise(two, zero)), UsageError);
}

TEST(ScalarLinear, BadOptionsAreNamed) {
  EXPECT_NE(usage_error("scalar_linear:a=1.5,b=0").find("eigenvalue 1.5"), std::string::npos);
  EXPECT_NE(usage_error("scalar_linear:a=1.5,b=0").find("system 'scalar_linear'"), std::string::npos);
  EXPECT_NE(usage_error("scalar_linear:noise=-1").find("'noise'"), std::string::npos);
  EXPECT_NE(usage_error("scalar_linear:horizon=0").find("'horizon'"), std::string::npos);
  EXPECT_NE(usage_error("scalar_linear:low=1,high=0").find("'low' must be below 'high'"), std::string::npos);
  EXPECT_NE(usage_error("scalar_linear:a=inf").find("'a' must be a finite number"), std::string::npos);
  EXPECT_NE(usage_error("scalar_linear:limit=0").find("'limit' must be above 0"), std::string::npos);
  EXPECT_NE(usage_error("scalar_linear:x0=-3,limit=3").find("3 is not above 3"), std::string::npos);
  EXPECT_NE(usage_error("scalar_linear:gain=inf").find("'gain'"), std::string::npos);
}

TEST(ScalarLinear, AnUnstabilisablePairIsFineWithAGainOfItsOwn) {
  EXPECT_EQ(step_from(*make_system("scalar_linear:a=1.5,b=0,gain=0"), 1.0, 0.0).next, 1.5);
}

}  // namespace
}  // namespace pianola
