#include <gtest/gtest.h>

#include <cmath>

#include "systems/mujoco_fixture.hpp"

namespace pianola {
namespace {

using test::data_error_of;
using test::fixture;
using test::Player;

constexpr const char* kStart = "keyframe = 'tilted'\nframe_skip = 2\n";
constexpr double kStepSeconds = 0.01;

/// Rewards of one step under `action`, with what the joints show before and after it.
struct Step {
  double reward, x0, x1, angle0, angle1;
  Outcome outcome;
};

Step play(const std::string& terms, const std::vector<double>& action = {0.5, 0.1}) {
  Player player(fixture(kStart + terms));
  const auto before = player.observe();
  const double reward = player.step(action);
  const auto after = player.observe();
  return {reward, before[0], after[0], before[1], after[1], player.outcome};
}

std::string refused(const std::string& text) {
  return data_error_of([&] { fixture(text); });
}

TEST(MujocoTerms, RewardsAreTheirFormulas) {
  SKIP_WITHOUT_MUJOCO();
  EXPECT_EQ(play("reward = [{ term = 'constant', weight = 3 }]").reward, 3.0);
  Step s = play("reward = [{ term = 'velocity', weight = 2, source = 'qpos', name = 'slide' }]");
  EXPECT_NE(s.x1, s.x0);
  EXPECT_DOUBLE_EQ(s.reward, 2.0 * (s.x1 - s.x0) / kStepSeconds);
  s = play("reward = [{ term = 'sum', weight = -1, source = 'qpos', count = 2 }]");
  EXPECT_DOUBLE_EQ(s.reward, -(s.x1 + s.angle1));
  s = play("reward = [{ term = 'square', source = 'qpos', count = 2, target = [0.1, 0.2] }]");
  EXPECT_DOUBLE_EQ(s.reward, std::pow(s.x1 - 0.1, 2) + std::pow(s.angle1 - 0.2, 2));
  s = play("reward = [{ term = 'norm', source = 'qpos', count = 2, target = [0.1] }]");
  EXPECT_DOUBLE_EQ(s.reward, std::hypot(s.x1 - 0.1, s.angle1 - 0.1));
  s = play("reward = [{ term = 'tolerance', source = 'qpos', name = 'hinge', scale = 0.5 }]");
  EXPECT_DOUBLE_EQ(s.reward, std::exp(-s.angle1 * s.angle1 / 0.25));
}

TEST(MujocoTerms, BeforeReadsTheStateThatTheActionMet) {
  SKIP_WITHOUT_MUJOCO();
  const Step s = play("reward = [{ term = 'square', before = true, source = 'qpos', name = 'slide' }]");
  EXPECT_DOUBLE_EQ(s.reward, s.x0 * s.x0);
}

TEST(MujocoTerms, ActionIsAsGivenAndControlIsClamped) {
  SKIP_WITHOUT_MUJOCO();
  EXPECT_DOUBLE_EQ(play("reward = [{ term = 'square', source = 'action' }]", {3, 0.5}).reward, 9.25);
  EXPECT_DOUBLE_EQ(play("reward = [{ term = 'square', source = 'control' }]", {3, 0.5}).reward, 4.25);
  EXPECT_DOUBLE_EQ(play("reward = [{ term = 'sum', source = 'action', name = 'twist' }]", {3, 0.5}).reward, 0.5);
}

TEST(MujocoTerms, LimitsApplyToTheWeightedTermAndTermsAdd) {
  SKIP_WITHOUT_MUJOCO();
  const std::string cost = "{ term = 'square', weight = -1, source = 'action', at_least = -2 }";
  EXPECT_DOUBLE_EQ(play("reward = [" + cost + ", { term = 'constant', weight = 5 }]", {2, 0}).reward, 3.0);
}

TEST(MujocoTerms, AliveIsNotPaidForTheStepThatTerminates) {
  SKIP_WITHOUT_MUJOCO();
  const std::string fall = "\n[[termination]]\nsource = 'qpos'\nname = 'hinge'\nlow = 0.6\n";
  Step s = play("reward = [{ term = 'alive' }]" + fall);
  EXPECT_EQ(s.outcome, Outcome::terminated);
  EXPECT_EQ(s.reward, 0.0);
  EXPECT_EQ(play("reward = [{ term = 'constant' }]" + fall).reward, 1.0);
  s = play("reward = [{ term = 'alive' }]");
  EXPECT_EQ(s.outcome, Outcome::running);
  EXPECT_EQ(s.reward, 1.0);
}

TEST(MujocoTerms, OpenIntervalsExcludeTheirEnds) {
  SKIP_WITHOUT_MUJOCO();
  // Nothing moves the ball sideways: its y stays exactly 0.
  const std::string y = "[[termination]]\nsource = 'qpos'\nname = 'free'\nfirst = 1\ncount = 1\nlow = 0\n";
  EXPECT_EQ(play(y).outcome, Outcome::running);
  EXPECT_EQ(play(y + "open = true").outcome, Outcome::terminated);
}

TEST(MujocoTerms, ResetLawsHaveTheirSupportAndMoments) {
  SKIP_WITHOUT_MUJOCO();
  const auto system = fixture(R"(
keyframe = 'tilted'
reset = [ { target = 'qpos', name = 'slide', low = -0.1, high = 0.3 },
          { target = 'qpos', name = 'hinge', law = 'constant', low = 1.5 },
          { target = 'qpos', name = 'free', count = 2, law = 'annulus', low = 1, high = 2 },
          { target = 'qvel', name = 'slide', law = 'two_sided', low = 0.2, high = 0.6 },
          { target = 'qvel', name = 'hinge', law = 'normal', scale = 0.2 } ])");
  constexpr std::size_t kMany = 4000;
  double mean = 0.0, area = 0.0, right = 0.0, magnitude = 0.0, variance = 0.0;
  const auto simulation = system->simulate(1);
  std::vector<double> x(system->info().observation_dim);
  for (std::size_t id = 0; id < kMany; ++id) {
    simulation->reset(NoiseKey(4), std::vector<std::uint64_t>{id});
    simulation->observe(x);
    ASSERT_GT(x[0], 0.15);
    ASSERT_LT(x[0], 0.55);
    ASSERT_EQ(x[1], 1.5);
    const double r = std::hypot(x[2], x[3]);
    ASSERT_GT(r, 1.0);
    ASSERT_LT(r, 2.0);
    mean += x[0] / kMany;
    area += (r * r - 1.0) / 3.0 / kMany;  // uniform on (0, 1) if points are uniform on the area
    ASSERT_GT(std::abs(x[9]), 0.2);
    ASSERT_LT(std::abs(x[9]), 0.6);
    right += (x[9] > 0.0) / static_cast<double>(kMany);
    magnitude += std::abs(x[9]) / kMany;
    variance += x[10] * x[10] / kMany;
  }
  EXPECT_NEAR(mean, 0.35, 5 * 0.4 / std::sqrt(12.0 * kMany));
  EXPECT_NEAR(area, 0.5, 5 / std::sqrt(12.0 * kMany));
  EXPECT_NEAR(right, 0.5, 5 * 0.5 / std::sqrt(kMany));
  EXPECT_NEAR(magnitude, 0.4, 5 * 0.4 / std::sqrt(12.0 * kMany));
  EXPECT_NEAR(variance, 0.04, 5 * 0.04 * std::sqrt(2.0 / kMany));
}

TEST(MujocoTerms, RefusesTermsThatMeanNothing) {
  SKIP_WITHOUT_MUJOCO();
  const std::string term = refused("reward = [{ term = 'tolerence', source = 'qpos' }]");
  EXPECT_NE(term.find("task.toml: reward[0].term"), std::string::npos) << term;
  EXPECT_NE(term.find("did you mean 'tolerance'"), std::string::npos) << term;
  EXPECT_NE(refused("reward = [{ term = 'velocity', source = 'qpos' }]").find("1 for a velocity"), std::string::npos);
  EXPECT_NE(refused("reward = [{ term = 'tolerance', source = 'qpos', scale = 0 }]").find("above 0"),
            std::string::npos);
  EXPECT_NE(refused("reward = [{ term = 'norm', source = 'qpos', count = 2, target = [0, nan] }]")
                .find("reward[0].target[1] must be finite, not nan"),
            std::string::npos);
  EXPECT_NE(refused("reward = [{ term = 'norm', source = 'qpos', target = [1, 2] }]").find("1 or 9"),
            std::string::npos);
  EXPECT_NE(refused("reward = [{ term = 'constant', weight = inf }]").find("finite"), std::string::npos);
  EXPECT_NE(refused("observation = [{ source = 'action' }]").find("cannot be observed"), std::string::npos);
  EXPECT_NE(refused("termination = [{ source = 'action' }]").find("cannot end"), std::string::npos);
  EXPECT_NE(refused("termination = [{ source = 'qpos', low = 1, high = 0 }]").find("at most high"), std::string::npos);
  EXPECT_NE(refused("termination = [{ source = 'qpos' }]").find("termination[0]: has no bound"), std::string::npos);
  EXPECT_NE(refused("termination = [{ source = 'qpos', low = -inf }]").find("has no bound"), std::string::npos);
  EXPECT_NE(refused("termination = [{ source = 'qpos', low = nan }]").find("not nan"), std::string::npos);
  EXPECT_NE(refused("reset = [{ target = 'xpos', high = 1 }]").find("qpos or qvel"), std::string::npos);
  EXPECT_NE(refused("reset = [{ target = 'qpos', law = 'unifrom', high = 1 }]").find("did you mean 'uniform'"),
            std::string::npos);
  EXPECT_NE(refused("reset = [{ target = 'qpos', law = 'annulus', high = 1 }]").find("2 for an annulus"),
            std::string::npos);
  EXPECT_NE(refused("reset = [{ target = 'qvel', law = 'normal', scale = -1 }]").find("above 0"), std::string::npos);
}

}  // namespace
}  // namespace pianola
