#include "pianola/audits/resync_sweep.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "audit_plans.hpp"
#include "pianola/control/evaluate.hpp"

namespace pianola {
namespace {

TEST(ResyncSweep, TheLadderEndsWithNever) {
  EXPECT_EQ(resync_ladder(60), (std::vector<std::uint64_t>{1, 2, 5, 10, 20, 50, 0}));
  EXPECT_EQ(resync_ladder(5), (std::vector<std::uint64_t>{1, 2, 0}));
  EXPECT_EQ(resync_ladder(1), std::vector<std::uint64_t>{0});
}

TEST(ResyncSweep, ReplacesWhatReanchorsAndKeepsTheRest) {
  EXPECT_EQ(with_resync("augmented:resync_above=0.5,next=mode", 4), "augmented:next=mode,resync_every=4");
  EXPECT_EQ(with_resync("augmented:3", 0), "augmented");
}

AuditPlan unstable(const std::string& controller) {
  return checked_plan(
      test::audit_plan("scalar_linear:a=1.05,b=1,horizon=150", "uniform:bins=65,low=-3,high=3", controller));
}

TEST(ResyncSweep, ItsNumbersAreThoseOfAnEvaluation) {
  const AuditPlan plan = unstable("augmented");
  const ResyncSweep sweep = sweep_resync(plan, nullptr);
  EvaluatePlan evaluation;
  evaluation.deployment = plan.deployment;
  evaluation.controllers = {"quantized", "augmented:resync_every=10", "augmented"};
  evaluation.key = plan.key;
  evaluation.rollouts = plan.rollouts;
  const Evaluation expected = evaluate(evaluation);
  EXPECT_NEAR(sweep.rows[0].regret.value, expected.controllers[0].regret.value, 1e-9) << "m = 1 is feedback";
  EXPECT_NEAR(sweep.rows[3].regret.value, expected.controllers[1].regret.value, 1e-9);
  EXPECT_NEAR(sweep.rows.back().regret.value, expected.controllers[2].regret.value, 1e-9);
  EXPECT_EQ(sweep.rows[3].every, 10U);
}

TEST(ResyncSweep, OnAnUnstablePlantAlgorithmOneIsWorstAndSomeFiniteMIsNot) {
  const ResyncSweep sweep = sweep_resync(unstable("augmented"), nullptr);
  const ResyncRow& never = sweep.rows.back();
  EXPECT_NE(sweep.best, sweep.rows.size() - 1);
  EXPECT_FALSE(never.as_good);
  EXPECT_GT(never.away.value, 10.0 * sweep.rows[3].away.value) << "1.05^150 against 1.05^10";
  EXPECT_GT(never.regret.value, 3.0 * sweep.rows[3].regret.value);
  EXPECT_LT(never.drift.value, 1e-9) << "the exact model stays with the expert while the plant runs away";
}

TEST(ResyncSweep, WhatFeedbackSavesIsPaired) {
  const ResyncSweep sweep = sweep_resync(unstable("augmented"), nullptr);
  ASSERT_TRUE(sweep.feedback_saves);
  EXPECT_NEAR(sweep.feedback_saves->value, sweep.rows.back().regret.value - sweep.rows.front().regret.value, 1e-9);
  EXPECT_GT(sweep.feedback_saves->low, 0.0);
  const AuditPlan short_one =
      checked_plan(test::audit_plan("scalar_linear:a=0.9,b=1,horizon=1", "uniform:bins=9,low=-3,high=3", "augmented"));
  EXPECT_FALSE(sweep_resync(short_one, nullptr).feedback_saves) << "of one step there is no m but ∞";
}

TEST(ResyncSweep, OnTheTrapItIsTheOtherWayRound) {
  AuditPlan plan = test::audit_plan("trap:epsilon=0.03125", "trap:epsilon=0.03125", "augmented");
  plan.horizon = 300;
  plan = checked_plan(plan);
  SmoothnessFindings rough;
  rough.modulus = [](double r) { return r > 0.0 ? 1.0 : 0.0; };
  const ResyncSweep sweep = sweep_resync(plan, &rough);
  EXPECT_EQ(sweep.rows[sweep.best].every, 0U);
  EXPECT_FALSE(sweep.rows.front().as_good) << "feedback is thrown about";
  EXPECT_LT(sweep.rows.back().smoothness_loss.value, sweep.rows.front().smoothness_loss.value);
  EXPECT_EQ(sweep.rows.back().smoothness_loss.value, 0.0) << "x̃ is the expert's own state";
}

/// An interval that reaches 0 shows nothing if it reaches far beyond as well.
TEST(ResyncSweep, AsGoodIsShownNotMerelyUnrefuted) {
  ResyncSweep sweep;
  sweep.tolerance = 1.0;
  const Estimate above[] = {
      {0.0, 0.0, 0.0, 9}, {0.2, -0.3, 0.7, 9}, {24.3, -16.0, 65.0, 9}, {0.5, 0.4, 0.6, 9}, {3.0, 2.0, 4.0, 9}};
  const std::uint64_t every[] = {5, 2, 20, 10, 0};
  for (std::size_t i = 0; i < 5; ++i) {
    sweep.rows.emplace_back();
    sweep.rows[i].every = every[i];
    sweep.rows[i].above_best = above[i];
  }
  judge_rows(sweep);
  const bool as_good[] = {true, true, false, true, false};
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(sweep.rows[i].as_good, as_good[i]) << i;
    EXPECT_EQ(sweep.rows[i].open, i == 2) << i;
  }
  EXPECT_EQ(recommended_resync(sweep),
            "m = 5; as good, within 1 of it: 2, 10; not told apart, for which more rollouts are needed: 20");
}

TEST(ResyncSweep, WithoutAModulusThereIsNoSmoothnessLoss) {
  EXPECT_EQ(sweep_resync(unstable("augmented"), nullptr).rows[0].smoothness_loss.n, 0U);
}

}  // namespace
}  // namespace pianola
