#include "pianola/audits/paired_rollouts.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "audits/audit_plans.hpp"
#include "pianola/control/evaluate.hpp"

namespace pianola {
namespace {

PairedRolloutPlan plan_of(const AuditPlan& audit, std::size_t rollouts) {
  PairedRolloutPlan plan;
  plan.plant = audit.deployment;
  plan.controllers = {make_controller(audit.controller, audit.deployment)};
  plan.key = audit.key;
  plan.rollouts = rollouts;
  plan.horizon = audit.deployment.system->info().horizon;
  return plan;
}

TEST(PairedRollouts, AreThoseOfEvaluate) {
  const AuditPlan audit = test::audit_plan("scalar_linear:a=0.9,b=1,noise=0.1,horizon=30", "uniform:bins=9");
  EvaluatePlan evaluation;
  evaluation.deployment = audit.deployment;
  evaluation.controllers = {"quantized"};
  evaluation.key = audit.key;
  evaluation.rollouts = 33;
  const Evaluation expected = evaluate(evaluation);
  RunningMean regret, error;
  std::vector<RunningMean> deviation(30);
  paired_rollouts(plan_of(audit, 33), [&](const PairedRollout& rollout) {
    regret.add(rollout.regret(1));
    error.add(rollout.played[1].action_error);
    for (std::size_t h = 0; h < 30; ++h) deviation[h].add(rollout.played[1].deviations[h]);
  });
  EXPECT_DOUBLE_EQ(regret.mean(), expected.controllers[0].regret.value);
  EXPECT_DOUBLE_EQ(error.mean(), expected.controllers[0].action_error.value);
  for (std::size_t h = 0; h < 30; ++h) {
    EXPECT_NEAR(deviation[h].mean(), expected.controllers[0].state_deviation_by_step[h], 1e-12);
  }
}

TEST(PairedRollouts, OneRolloutAloneIsTheSame) {
  const AuditPlan audit = test::audit_plan("pendulum:horizon=40", "uniform:bins=5");
  double seventh = std::nan("");
  paired_rollouts(plan_of(audit, 20), [&](const PairedRollout& rollout) {
    if (rollout.id == 7) seventh = rollout.regret(1);
  });
  PairedRolloutPlan alone = plan_of(audit, 1);
  alone.first_id = 7;
  paired_rollouts(alone, [&](const PairedRollout& rollout) { EXPECT_EQ(rollout.regret(1), seventh); });
}

/// One step from x ~ N(0, 1), levels −0.75 … 0.75 over [−1, 1], u = −x/2: the regret is E min(1, |q(u) − u|), an
/// integral.
TEST(PairedRollouts, IntervalsOfTheRegretCoverWhatIsKnown) {
  const AuditPlan audit =
      test::audit_plan("scalar_linear:a=0.5,b=1,gain=0.5,horizon=1,low=-1,high=1", "uniform:bins=4");
  double truth = 0.0;
  const int points = 200000;
  for (int i = 0; i < points; ++i) {
    const double u = -0.5 * normal_quantile((i + 0.5) / points);
    const double level = std::clamp((std::floor(u / 0.5) + 0.5) * 0.5, -0.75, 0.75);
    truth += std::min(1.0, std::abs(level - u)) / points;
  }
  const std::size_t repetitions = 400;
  std::size_t covered = 0;
  for (std::size_t r = 0; r < repetitions; ++r) {
    PairedRolloutPlan plan = plan_of(audit, 100);
    plan.first_id = 100 * r;
    RunningMean regret;
    paired_rollouts(plan, [&](const PairedRollout& rollout) { regret.add(rollout.regret(1)); });
    const Estimate estimate = regret.estimate();
    covered += estimate.low <= truth && truth <= estimate.high ? 1 : 0;
  }
  const double share = static_cast<double>(covered) / static_cast<double>(repetitions);
  EXPECT_GT(share, 0.95 - 3.0 * std::sqrt(0.95 * 0.05 / repetitions));
  EXPECT_LT(share, 0.95 + 3.0 * std::sqrt(0.95 * 0.05 / repetitions));
}

}  // namespace
}  // namespace pianola
