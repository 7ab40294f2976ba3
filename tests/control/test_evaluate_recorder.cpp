#include "pianola/control/evaluate_recorder.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "control/toy_deployment.hpp"

namespace pianola {
namespace {

using toys::toy_plan;
using toys::ToyDeployment;

/// The recorders of a plan, merged, and everything kept beside them.
EvaluateTotals run(const ToyDeployment& toy, const RolloutPlan& plan) {
  EvaluateTotals totals(plan.controllers.size());
  rollout(
      plan,
      [&](const Block&) {
        return std::make_unique<EvaluateRecorder>(plan.key, plan.controllers.size(), toy.system->info().horizon,
                                                  toy.expert.get());
      },
      [&](Recorder& recorder) { totals.add(static_cast<EvaluateRecorder&>(recorder)); });
  return totals;
}

TEST(EvaluateRecorder, AgreesWithWhatAFullRecordingSays) {
  const ToyDeployment toy({.noise = 0.4, .fall = 1.3, .horizon = 30}, 3);
  const auto plan = toy_plan(toy, {"expert", "quantized"}, 50);
  const auto totals = run(toy, plan);
  std::vector<double> returns[2], errors, deviation(30, 0.0);
  std::size_t terminated = 0, steps = 0;
  for (const auto& lane : toys::keep(plan)) {
    for (const std::size_t c : {0, 1}) {
      double sum = 0.0;
      for (const double r : lane[c].reward) sum += r;
      returns[c].push_back(sum);
      steps += static_cast<std::size_t>(std::ranges::count(lane[c].before, Outcome::running));
    }
    terminated += lane[1].after.back() == Outcome::terminated ? 1 : 0;
    double error = 0.0, count = 0.0;
    for (std::size_t h = 0; h < 30; ++h) {
      const std::size_t seen = std::min(h, lane[1].x.size() - 1);
      deviation[h] += std::abs(lane[1].x[seen] - lane[0].x[seen]) / 50.0;
      if (h >= lane[1].x.size() || lane[1].before[h] != Outcome::running) continue;
      error += std::abs(lane[1].u[h] + 0.5 * lane[1].x[h]);
      ++count;
    }
    errors.push_back(error / count);
  }
  EXPECT_EQ(totals.steps, steps);
  EXPECT_EQ(totals.controllers[1].terminated, terminated);
  EXPECT_GT(terminated, 0U);
  EXPECT_LT(terminated, 50U);
  EXPECT_NEAR(totals.controllers[0].total_return.mean(), mean_estimate(returns[0]).value, 1e-12);
  const Estimate regret = totals.controllers[1].regret.estimate(), paired = paired_difference(returns[0], returns[1]);
  EXPECT_NEAR(regret.value, paired.value, 1e-12);
  EXPECT_NEAR(regret.low, paired.low, 1e-12);
  EXPECT_NEAR(regret.high, paired.high, 1e-12);
  EXPECT_LT(regret.low, regret.high) << "returns that vary";
  EXPECT_NEAR(totals.controllers[1].action_error.mean(), mean_estimate(errors).value, 1e-12);
  const auto bands = totals.controllers[1].deviation.estimates();
  for (std::size_t h = 0; h < 30; ++h) EXPECT_NEAR(bands[h].value, deviation[h], 1e-12) << h;
}

TEST(EvaluateRecorder, AFrozenBlockKeepsItsDeviationToTheHorizon) {
  const ToyDeployment toy({.a = 2.0, .b = 0.5, .start = 1.0, .spread = 0.0, .gain = 0.4, .fall = 4.0, .horizon = 40},
                          2);
  const auto plan = toy_plan(toy, {"expert", "quantized"}, 2);  // 1.8ˣ against the clipped ±½: both fall
  const auto lane = toys::keep(plan)[0];
  ASSERT_LT(lane[0].x.size(), 20U);
  const auto bands = run(toy, plan).controllers[1].deviation.estimates();
  ASSERT_EQ(bands.size(), 40U);
  EXPECT_GT(bands[39].value, 0.0);
  EXPECT_DOUBLE_EQ(bands[39].value, std::abs(lane[1].x.back() - lane[0].x.back()));
}

TEST(EvaluateRecorder, TheActionErrorIsThatOfTheStepsThatHaveOne) {
  // The expert is blind beyond 10: x = 1, 2, 4, 8, 16 has an error for its first four steps only.
  ToyDeployment toy({.a = 2.0, .b = 0.0, .start = 1.0, .spread = 0.0, .gain = 0.0, .horizon = 6}, 2, 1, 0.0, 10.0);
  const auto constant = std::make_shared<toys::ToyPolicy>(
      std::vector<std::uint32_t>{2}, 1,
      [](std::size_t, Token, std::span<const float>, std::span<float> out) { out[0] = 0.0F, out[1] = -1e30F; });
  toy.policy = constant;  // plays −½ everywhere, where the expert plays 0
  const auto totals = run(toy, toy_plan(toy, {"expert", "feedback"}, 3));
  EXPECT_EQ(totals.controllers[1].diverged, 0U) << "only the expert is blind";
  EXPECT_EQ(totals.controllers[1].action_error.count(), 3U);
  EXPECT_EQ(totals.controllers[1].action_error.mean(), 0.5);
}

TEST(EvaluateRecorder, RolloutsWithoutAnActionErrorDoNotCount) {
  ToyDeployment toy({.spread = 1.0, .horizon = 1}, 2, 1, 0.0, 0.5);  // blind where |x| > ½
  const auto totals = run(toy, toy_plan(toy, {"expert", "expert"}, 60));
  EXPECT_GT(totals.controllers[1].diverged, 0U);
  EXPECT_EQ(totals.controllers[1].action_error.count(), 60U - totals.controllers[1].diverged);
}

TEST(EvaluateRecorder, WithoutAnExpertThereAreReturnsOnly) {
  const ToyDeployment toy({}, 3);
  const auto plan = toy_plan(toy, {"quantized"}, 4);
  EvaluateTotals totals(1);
  EvaluateRecorder recorder(plan.key, 1, 20, nullptr);
  rollout(
      plan, [&](const Block&) { return std::make_unique<EvaluateRecorder>(plan.key, 1, 20, nullptr); },
      [&](Recorder& r) { totals.add(static_cast<EvaluateRecorder&>(r)); });
  EXPECT_EQ(totals.controllers[0].total_return.count(), 4U);
  EXPECT_EQ(totals.controllers[0].regret.count(), 0U);
  EXPECT_EQ(totals.controllers[0].deviation.count(), 0U);
  EXPECT_EQ(totals.controllers[0].action_error.count(), 0U);
}

}  // namespace
}  // namespace pianola
