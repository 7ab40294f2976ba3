#include "pianola/audits/verdict.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "audits/audit_plans.hpp"
#include "pianola/audits/refuted_certificates.hpp"
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

/// A promise that the measured regret breaks shows nothing to be safe, nor does one that shares its inputs.
TEST(Verdict, ARefutedFormNeverMakesALoopSafe) {
  AuditPlan plan = test::audit_plan("scalar_linear:a=0.9,b=1,low=-6,high=6", "uniform:bins=4097");
  plan.rollouts = 100;
  plan = checked_plan(plan);
  AuditFindings findings = run_audits(plan).findings;
  ASSERT_GT(findings.decomposition->total.low, 0.0);
  for (CertificateFinding& c : findings.certificates) {
    if (c.form == "closed_loop") c.value = 0.5 * findings.decomposition->total.low;
  }
  refute_certificates(findings.certificates, findings.decomposition->total);
  const Verdict found = judge(plan, findings);
  EXPECT_EQ(to_text(found.safety), "unknown") << "the other forms take the same reward";
  bool said = false;
  for (const std::string& reason : found.reasons) said = said || reason.find("inputs is false") != std::string::npos;
  EXPECT_TRUE(said);
}

/// Said of what keeps an auxiliary state on a noisy plant, and of nothing else.
TEST(Verdict, ForeseesWhatProcessNoiseCostsAnAuxiliaryState) {
  const auto said = [](const std::string& system, const std::string& controller) {
    const Verdict found = verdict(test::audit_plan(system, "uniform:bins=129", controller));
    return std::ranges::any_of(
        found.reasons, [](const std::string& reason) { return reason.find("process noise") != std::string::npos; });
  };
  const std::string plant = "scalar_linear:a=0.9,b=1,low=-6,high=6,horizon=20";
  EXPECT_TRUE(said(plant + ",noise=0.1", "augmented"));
  EXPECT_TRUE(said(plant + ",noise=0.1", "augmented:resync_every=5"));
  EXPECT_FALSE(said(plant + ",noise=0.1", "augmented:resync_every=1"));
  EXPECT_FALSE(said(plant + ",noise=0.1", "quantized"));
  EXPECT_FALSE(said(plant, "augmented"));
}

TEST(Verdict, TheExpertAgainstItselfIsSafe) {
  EXPECT_EQ(to_text(verdict(test::audit_plan("pendulum:horizon=50", "uniform:bins=5", "expert")).safety), "safe");
}

TEST(Verdict, TakesADecomposition) {
  EXPECT_THROW(judge(test::audit_plan("pendulum", ""), AuditFindings{}), UsageError);
}

}  // namespace
}  // namespace pianola
