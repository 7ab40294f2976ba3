#include "pianola/audits/replay_ledger.hpp"

#include <gtest/gtest.h>

#include <array>

#include "audits/audit_plans.hpp"
#include "pianola/control/evaluate.hpp"

namespace pianola {
namespace {

ReplayLedger ledger_on(const AuditPlan& plan) { return ReplayLedger({plan.deployment, plan.key, 30, nullptr}); }

TEST(ReplayLedger, GivesTheRegretsOfAnEvaluation) {
  const AuditPlan plan = test::audit_plan("pendulum:horizon=30", "uniform:bins=5");
  ReplayLedger ledger = ledger_on(plan);
  const std::size_t row = ledger.add(plan.deployment, "quantized");
  ledger.play(std::array{row}, 12);
  EvaluatePlan again;
  again.deployment = plan.deployment, again.controllers = {"quantized"}, again.key = plan.key;
  again.rollouts = 12, again.horizon = 30;
  const Evaluation evaluation = evaluate(again);
  const Estimate regret = mean_estimate(ledger.regrets(row));
  EXPECT_DOUBLE_EQ(regret.value, evaluation.controllers[0].regret.value);
  EXPECT_DOUBLE_EQ(regret.low, evaluation.controllers[0].regret.low);
  EXPECT_DOUBLE_EQ(mean_estimate(ledger.expert_returns()).value, evaluation.expert_return.value);
}

TEST(ReplayLedger, EachRolloutIsPlayedAndCountedOnce) {
  const AuditPlan plan = test::audit_plan("pendulum:horizon=30", "uniform:bins=5");
  ReplayLedger ledger = ledger_on(plan);
  const std::size_t a = ledger.add(plan.deployment, "quantized"), b = ledger.add(plan.deployment, "augmented");
  ledger.play({}, 3);
  EXPECT_EQ(ledger.spent(), 3u) << "the expert alone";
  EXPECT_EQ(ledger.cost(std::array{a}, 4), 5u) << "four of the row, one more of the expert";
  ledger.play(std::array{a}, 4);
  EXPECT_EQ(ledger.spent(), 8u);
  const std::vector<double> before = ledger.regrets(a);
  ledger.play(std::array{a, b}, 6);
  EXPECT_EQ(ledger.spent(), 8u + 2u + 2u + 6u);
  EXPECT_EQ(ledger.regrets(b).size(), 6u);
  const std::vector<double> after = ledger.regrets(a);
  EXPECT_TRUE(std::equal(before.begin(), before.end(), after.begin())) << "what was played stays";
  ledger.play(std::array{a, b}, 2);
  EXPECT_EQ(ledger.spent(), 18u);
}

TEST(ReplayLedger, BitsDoNotDependOnHowItWasPlayed) {
  const AuditPlan plan = test::audit_plan("pendulum:horizon=30", "uniform:bins=5");
  ReplayLedger whole = ledger_on(plan), parts = ledger_on(plan);
  const std::size_t a = whole.add(plan.deployment, "quantized"), b = parts.add(plan.deployment, "quantized");
  whole.play(std::array{a}, 9);
  for (const std::size_t count : {1u, 2u, 5u, 9u}) parts.play(std::array{b}, count);
  EXPECT_EQ(whole.regrets(a), parts.regrets(b));
}

TEST(ReplayLedger, DifferencesAreOverTheRolloutsThatBothHave) {
  const std::vector<double> a{3.0, 4.0, 5.0}, b{1.0, 1.0};
  EXPECT_DOUBLE_EQ(paired_gain(a, b).value, 2.5);
  EXPECT_EQ(paired_gain(a, b).n, 2u);
  EXPECT_EQ(paired_gain(a, {}).n, 0u);
}

}  // namespace
}  // namespace pianola
