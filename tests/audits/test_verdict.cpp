#include "pianola/audits/verdict.hpp"

#include <gtest/gtest.h>

#include "audits/audit_plans.hpp"
#include "pianola/base/error.hpp"

namespace pianola {
namespace {

Verdict verdict(AuditPlan plan) {
  plan.rollouts = 100;
  const AuditPlan checked = checked_plan(plan);
  return judge(checked, run_audits(checked).findings);
}

TEST(Verdict, AStablePlantWithFineBinsIsSafe) {
  const Verdict found = verdict(test::audit_plan("scalar_linear:a=0.9,b=1,low=-6,high=6", "uniform:bins=4097"));
  EXPECT_EQ(to_text(found.safety), "safe");
  EXPECT_NE(found.reasons.front().find("certificate"), std::string::npos) << found.reasons.front();
  EXPECT_DOUBLE_EQ(found.threshold, 5.0);
}

TEST(Verdict, TheTrapIsUnsafe) {
  const Verdict found = verdict(test::audit_plan("trap:epsilon=0.03125", "trap:epsilon=0.03125"));
  EXPECT_EQ(to_text(found.safety), "unsafe");
  EXPECT_NE(found.reasons.back().find("declares no reward range"), std::string::npos);
}

TEST(Verdict, AnUnstablePlantIsUnsafeForAugmentedAndMaySafeForFeedback) {
  const std::string plant = "scalar_linear:a=1.05,b=1,low=-6,high=6";
  EXPECT_EQ(to_text(verdict(test::audit_plan(plant, "uniform:bins=33", "augmented")).safety), "unsafe");
  EXPECT_EQ(to_text(verdict(test::audit_plan(plant, "uniform:bins=4097", "quantized")).safety), "safe");
  EXPECT_NE(to_text(verdict(test::audit_plan(plant, "uniform:bins=5", "quantized")).safety), "safe");
}

TEST(Verdict, WhatNothingShowsIsUnknown) {
  const Verdict found = verdict(test::audit_plan("pendulum:horizon=100", "uniform:bins=257"));
  EXPECT_EQ(to_text(found.safety), "unknown") << found.reasons.front();
  EXPECT_NE(found.reasons.front().find("no certificate or estimate"), std::string::npos);
}

TEST(Verdict, TakesADecomposition) {
  EXPECT_THROW(judge(test::audit_plan("pendulum", ""), AuditFindings{}), UsageError);
}

}  // namespace
}  // namespace pianola
