#include "pianola/systems/linear.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "pianola/base/error.hpp"
#include "pianola/systems/spectral.hpp"
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

const char* const kThreeByTwo = "linear:a='1.1,0.2,0,0,0.9,0.1,0.3,0,0.5',b='1,0,0,1,0.5,-0.5'";

TEST(Linear, Conforms) {
  for (const char* spec :
       {"linear", kThreeByTwo, "linear:a='0.5',b='1,2,3',noise=0.2,low=-1,high='1,2,3'", "linear:limit=1.5"}) {
    conformance::check_system_conformance(*make_system(spec));
  }
}

TEST(Linear, StepIsTheEquation) {
  const DenseLinear system({.a = {1, 2, 3, 4}, .b = {5, 6}, .gain = {0.25, 0.5}});
  const auto plant = system.simulate(1);
  const std::vector<std::uint64_t> id{0};
  const std::vector<std::uint32_t> h{0};
  const std::vector<double> x{0.5, -1.0}, u{0.75};
  std::vector<double> reward(1), next(2);
  std::vector<Outcome> outcome{Outcome::running};
  plant->reset(NoiseKey(1), id);
  plant->restore(x);
  plant->step(h, u, reward, outcome);
  plant->observe(next);
  EXPECT_EQ(next, (std::vector{1 * 0.5 - 2 * 1.0 + 5 * 0.75, 3 * 0.5 - 4 * 1.0 + 6 * 0.75}));
  EXPECT_DOUBLE_EQ(reward[0], 1.0 - (0.75 + 0.25 * 0.5 - 0.5));
}

TEST(Linear, IsTheScalarSystemInOneDimension) {
  const auto scalar = make_system("scalar_linear:a=1.2,b=0.7,noise=0.05");
  const auto dense = make_system("linear:a=1.2,b=0.7,noise=0.05");
  conformance::Run a(*scalar, NoiseKey(4), conformance::iota(5)), b(*dense, NoiseKey(4), conformance::iota(5));
  for (int h = 0; h < 30; ++h) {
    a.step(), b.step();
    EXPECT_EQ(a.observe(), b.observe());
    EXPECT_EQ(a.rewards, b.rewards);
  }
}

TEST(Linear, OwnGainStabilisesAndIsTheRewardsExpert) {
  const auto made = make_system(kThreeByTwo);
  const auto& system = dynamic_cast<const LinearSystem&>(*made);
  const LinearModel& model = system.model();
  ASSERT_EQ(model.n, 3u);
  ASSERT_EQ(model.m, 2u);
  std::vector<double> closed = model.a;
  for (std::size_t i = 0; i < 3; ++i) {
    for (std::size_t j = 0; j < 3; ++j) {
      for (std::size_t k = 0; k < 2; ++k) closed[i * 3 + j] -= model.b[i * 2 + k] * system.gain()[k * 3 + j];
    }
  }
  EXPECT_GT(spectral_radius(model.a, 3), 1.0);
  EXPECT_LT(spectral_radius(closed, 3), 1.0);
  EXPECT_GE(*system.info().reward_lipschitz, spectral_norm(system.gain(), 2, 3));
}

TEST(Linear, NoiseOfEachStateIsItsOwn) {
  const auto system = make_system("linear:a='0,0,0,0',b='0,0',noise=1,gain='0,0'");
  conformance::Run run(*system, NoiseKey(3), conformance::iota(4000));
  run.step();
  const auto x = run.observe();
  double product = 0.0, squares = 0.0;
  for (std::size_t i = 0; i < x.size(); i += 2) product += x[i] * x[i + 1], squares += x[i] * x[i];
  EXPECT_NEAR(product / 4000.0, 0.0, 5.0 / std::sqrt(4000.0));
  EXPECT_NEAR(squares / 4000.0, 1.0, 5.0 * std::sqrt(2.0 / 4000.0));
}

TEST(Linear, DivergenceIsAnOutcomeAndKeepsTheStateFinite) {
  const auto system = make_system("linear:a='3,0,0,0.5',b='0.1,1',x0='1,1'");
  conformance::Run run(*system, NoiseKey(3), {0});
  run.outcomes[0] = Outcome::running;
  for (int h = 0; h < 60 && run.outcomes[0] == Outcome::running; ++h) run.step();
  EXPECT_EQ(run.outcomes[0], Outcome::diverged);
  EXPECT_LE(std::abs(run.observe()[0]), 1e9);
  EXPECT_GT(std::abs(run.observe()[0]), 1e8);
}

TEST(Linear, AStatedBallCanBeLeft) {
  const auto system = make_system("linear:a='3,0,0,0.5',b='0.1,1',x0='1,1',limit=50");
  conformance::Run run(*system, NoiseKey(3), {0});
  run.outcomes[0] = Outcome::running;
  for (int h = 0; h < 60 && run.outcomes[0] == Outcome::running; ++h) run.step();
  EXPECT_EQ(run.outcomes[0], Outcome::diverged);
  EXPECT_LE(std::abs(run.observe()[0]), 50.0);
  EXPECT_GT(std::abs(run.observe()[0]), 5.0);
}

TEST(Linear, BadOptionsAreNamed) {
  EXPECT_NE(usage_error("linear:x0='1,-4',limit=3").find("3 is not above 4"), std::string::npos);
  EXPECT_NE(usage_error("linear:a='1,2,3',b=1").find("option 'a' has 3"), std::string::npos);
  EXPECT_NE(usage_error("linear:a='1,0,0,1',b='1,2,3'").find("multiple of 2"), std::string::npos);
  EXPECT_NE(usage_error("linear:n=3,a='1,0,0,1',b='1,1'").find("A of 3 states takes 9"), std::string::npos);
  EXPECT_NE(usage_error("linear:n=0").find("'n' must be ≥ 1"), std::string::npos);
  EXPECT_NE(usage_error("linear:gain=1").find("takes 2 numbers, not 1"), std::string::npos);
  EXPECT_NE(usage_error("linear:x0='1,2,3'").find("option 'x0' takes 2"), std::string::npos);
  EXPECT_NE(usage_error("linear:x0='1,inf'").find("finite"), std::string::npos);
  EXPECT_NE(usage_error("linear:noise=-1").find("'noise'"), std::string::npos);
  EXPECT_NE(usage_error("linear:a='2,0,0,0.5',b='0,1'").find("eigenvalue 2"), std::string::npos);
}

}  // namespace
}  // namespace pianola
