#include "pianola/systems/trap.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <numbers>
#include <string>

#include "pianola/base/atan_lanes.hpp"
#include "pianola/base/error.hpp"
#include "pianola/base/random.hpp"
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

/// The quantized expert of docs/theory.md §6, numerics included.
double trapped_token(const TrapConfig& c, double x) {
  const double e = c.epsilon, widen = 1e-9 * e;
  const auto within = [&](double low, double high, double slack) { return low - slack <= x && x <= high + slack; };
  if (within(-c.k * e / 2, c.k * e / 2, 0.0)) return (c.d + 0.5) * e / c.b;
  if (within(c.d * e, (c.d + 1) * e, widen)) return 1.0;
  if (within(c.a * c.d * e + c.b, c.a * (c.d + 1) * e + c.b, widen)) return (c.d + 1) * (1 - c.a * c.a) * e / c.b - c.a;
  return std::atan(x) - e / 2;
}

/// Mean reward per step over Gaussian-quantile midpoints, through the simulation.
double reward_per_step(const Trap& system, std::size_t points, const std::function<double(double)>& policy) {
  const auto plant = system.simulate(points);
  std::vector<std::uint64_t> ids(points, 0);
  std::vector<double> x(points), u(points), rewards(points);
  std::vector<std::uint32_t> h(points, 0);
  std::vector<Outcome> outcomes(points, Outcome::running);
  for (std::size_t i = 0; i < points; ++i)
    x[i] = normal_quantile((static_cast<double>(i) + 0.5) / static_cast<double>(points));
  plant->reset(NoiseKey(1), ids);
  plant->restore(x);
  double sum = 0.0;
  for (std::uint32_t step = 0; step < system.info().horizon; ++step) {
    plant->observe(x);
    for (std::size_t i = 0; i < points; ++i) u[i] = policy(x[i]);
    plant->step(h, u, rewards, outcomes);
    for (const double r : rewards) sum += r;
  }
  return sum / static_cast<double>(points) / system.info().horizon;
}

TEST(Trap, Conforms) {
  conformance::check_system_conformance(*make_system("trap"));
  conformance::check_system_conformance(*make_system("trap:epsilon=0.03125,k=1,d=0.6"));
}

TEST(Trap, HorizonsAreThoseOfTheTheory) {
  EXPECT_EQ(make_system("trap:epsilon=0.03125")->info().horizon, 769u);
  EXPECT_EQ(make_system("trap:epsilon=0.015625")->info().horizon, 1107u);
  EXPECT_EQ(make_system("trap:0.0078125")->info().horizon, 1507u);
}

TEST(Trap, TheExpertEarnsEverything) {
  const auto expert = [](double x) {
    double u = 0.0;
    atan_lanes(std::span(&x, 1), std::span(&u, 1));
    return u;
  };
  EXPECT_EQ(reward_per_step(Trap({}), 64, expert), 1.0);
}

// Reference of docs/theory.md §10, from 32,768 midpoints and to six digits; with 1,024 midpoints they agree to 2e-6.
TEST(Trap, FeedbackOfTheTrappedTokensCostsWhatTheTheorySays) {
  for (const auto& [epsilon, regret] : {std::pair{0x1p-5, 0.604437}, {0x1p-6, 0.673435}, {0x1p-7, 0.708179}}) {
    const Trap system({.epsilon = epsilon});
    const double earned = reward_per_step(system, 1024, [&](double x) { return trapped_token(system.config(), x); });
    EXPECT_NEAR(1.0 - earned, regret, 3e-6) << epsilon;
  }
}

// Control of §6's numerics: the two-cycle runs into end points of its intervals, so rounded tokens fall out of it.
TEST(Trap, TokensInFloat32ChangeTheAnswer) {
  const Trap system({.epsilon = 0x1p-7});
  const double earned = reward_per_step(system, 1024, [&](double x) {
    return static_cast<double>(static_cast<float>(trapped_token(system.config(), x)));
  });
  EXPECT_NEAR(1.0 - earned, 0.594, 1e-3);
}

TEST(Trap, ABinningWithAnEdgeAtZeroIsNotTrapped) {
  const double e = 1.0 / 32.0;
  const double earned = reward_per_step(Trap({.epsilon = e}), 256,
                                        [&](double x) { return (std::floor(std::atan(x) / (2 * e)) + 0.5) * 2 * e; });
  EXPECT_NEAR(1.0 - earned, 0.6245 * e, 0.05 * e);
}

TEST(Trap, NeitherRewardNorActionIsClipped) {
  const auto system = make_system("trap");
  conformance::Run run(*system, NoiseKey(1), {0});
  run.plant->restore(std::vector{-1.0});
  const std::vector<double> action{10.0};  // far outside of the range
  run.plant->step(run.h, action, run.rewards, run.outcomes);
  EXPECT_DOUBLE_EQ(run.rewards[0], 1.0 - (10.0 + std::numbers::pi / 4.0));
  EXPECT_DOUBLE_EQ(run.observe()[0], -0.2 + 0.3 * 10.0);
  EXPECT_FALSE(system->info().reward_low.has_value()) << "there is no bound";
  EXPECT_EQ(system->info().reward_high, 1.0);
}

TEST(Trap, DivergesOnlyFarOutsideOfItsRange) {
  const auto system = make_system("trap");
  conformance::Run run(*system, NoiseKey(1), {0});
  const std::vector<double> action{1e12};
  run.plant->step(run.h, action, run.rewards, run.outcomes);
  EXPECT_EQ(run.outcomes[0], Outcome::diverged);
  EXPECT_LT(std::abs(run.observe()[0]), 10.0);
}

TEST(Trap, RangeAndExpert) {
  const SystemInfo info = make_system("trap")->info();
  EXPECT_EQ(info.action_range.low[0], -std::numbers::pi / 2.0);
  EXPECT_EQ(info.action_range.high[0], std::numbers::pi / 2.0);
  EXPECT_EQ(info.reward_lipschitz, 1.0);
  EXPECT_EQ(info.default_expert, "arctan");
  EXPECT_TRUE(info.deterministic);
}

TEST(Trap, LineariseIsThePlant) {
  const auto system = make_system("trap");
  const std::vector<double> zero{0.0};
  const auto model = system->linearise(zero, zero).value();
  EXPECT_EQ(model.a, std::vector{0.2});
  EXPECT_EQ(model.b, std::vector{0.3});
  EXPECT_THROW(static_cast<void>(system->linearise({}, zero)), UsageError);
}

TEST(Trap, ThePlantDoesNotAskForTheConditionsOfTheTrap) {
  for (const TrapConfig& config : {TrapConfig{.d = 0.9}, {.k = 0.5}, {.k = 5, .d = 3}, {.epsilon = 0.2}}) {
    EXPECT_NO_THROW(Trap{config});
  }
}

TEST(Trap, EpsilonSetsTheDefaultHorizonAndNothingElse) {
  Trap fine({}), coarse({.epsilon = 0.9});
  EXPECT_EQ(coarse.info().horizon, 1u);
  conformance::Run a(fine, NoiseKey(1), {0}), b(coarse, NoiseKey(1), {0});
  for (int h = 0; h < 5; ++h) a.step(), b.step();
  EXPECT_EQ(a.lane(0), b.lane(0));
}

TEST(Trap, ThePlantItselfMustContract) {
  EXPECT_NE(usage_error("trap:a=0.8").find("a + b must be below 1"), std::string::npos);
  EXPECT_NE(usage_error("trap:b=0").find("'b' must be positive"), std::string::npos);
  EXPECT_NE(usage_error("trap:epsilon=1").find("'epsilon'"), std::string::npos);
  EXPECT_NE(usage_error("trap:epsilon=inf").find("'epsilon'"), std::string::npos);
}

}  // namespace
}  // namespace pianola
