#include "pianola/audits/certification.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "audits/audit_plans.hpp"
#include "property.hpp"

namespace pianola {
namespace {

const CertificateFinding& form(const AuditFindings& findings, const std::string& name) {
  for (const CertificateFinding& c : findings.certificates) {
    if (c.form == name) return c;
  }
  throw std::runtime_error("no form " + name);
}

AuditFindings certified(AuditPlan plan) {
  AuditFindings findings;
  test::run_until("certificates", checked_plan(std::move(plan)), findings);
  return findings;
}

TEST(Certification, AStablePlantHasACertificateThatHolds) {
  const AuditFindings findings = certified(
      test::audit_plan("scalar_linear:a=0.9,b=1,horizon=50,low=-8,high=8", "uniform:bins=65536", "quantized"));
  const CertificateFinding& loop = form(findings, "closed_loop");
  EXPECT_TRUE(loop.issued);
  EXPECT_TRUE(loop.covers);
  EXPECT_NE(loop.basis, Basis::sampled) << "gains exact, L_π and L_r proven, ε claimed: a certificate";
  EXPECT_FALSE(loop.vacuous);
  EXPECT_GE(loop.value, findings.decomposition->total.low);
  EXPECT_FALSE(form(findings, "augmented").covers);
}

TEST(Certification, CoarseBinsMakeItVacuousInWords) {
  const AuditFindings findings =
      certified(test::audit_plan("scalar_linear:a=0.9,b=1,horizon=50,low=-8,high=8", "uniform:bins=2"));
  const CertificateFinding& loop = form(findings, "closed_loop");
  EXPECT_TRUE(loop.vacuous);
  EXPECT_NE(loop.remarks.back().find("vacuous"), std::string::npos);
}

TEST(Certification, ProcessNoiseIsFlaggedInTheFormWithTheModelsError) {
  const CertificateFinding noisy =
      form(certified(test::audit_plan("scalar_linear:a=0.5,b=1,noise=0.1,horizon=30", "uniform:bins=33", "augmented")),
           "augmented");
  EXPECT_TRUE(noisy.covers);
  EXPECT_FALSE(noisy.issued);
  EXPECT_NE(noisy.remarks.back().find("process noise"), std::string::npos);
}

TEST(Certification, AnUnstablePlantHasNoAugmentedOne) {
  const CertificateFinding unstable = form(
      certified(test::audit_plan("scalar_linear:a=1.2,b=1,horizon=100", "uniform:bins=33", "augmented")), "augmented");
  EXPECT_TRUE(!unstable.issued || unstable.vacuous);
}

TEST(Certification, TheTrapsIsRightlyVacuous) {
  const AuditFindings findings = certified(test::audit_plan("trap:epsilon=0.03125", "trap:epsilon=0.03125"));
  for (const CertificateFinding& c : findings.certificates) {
    if (c.covers && c.issued) EXPECT_TRUE(c.vacuous) << c.form;
  }
}

TEST(Certification, SampledSupremaMakeAnEstimate) {
  const AuditFindings findings = certified(test::audit_plan("pendulum:horizon=40", "uniform:bins=257"));
  for (const CertificateFinding& c : findings.certificates) {
    if (c.issued) EXPECT_EQ(c.basis, Basis::sampled) << c.form;
  }
}

TEST(Certification, FormsSpeakOfTheirControllersOnly) {
  AuditPlan plan = test::audit_plan("scalar_linear", "uniform:bins=9", "augmented");
  EXPECT_EQ(not_covered(Form::augmented, plan), "");
  EXPECT_NE(not_covered(Form::feedback, plan), "");
  plan.controller = "augmented:resync_every=3";
  EXPECT_NE(not_covered(Form::augmented, plan), "");
  plan.controller = "feedback:decode=argmax";
  EXPECT_EQ(not_covered(Form::feedback, plan), "");
  plan.controller = "quantized:rate_limit=0.1";
  EXPECT_NE(not_covered(Form::closed_loop, plan).find("rate_limit"), std::string::npos);
  plan.controller = "chunked";
  EXPECT_NE(not_covered(Form::closed_loop, plan), "");
}

/// Random plants with exact inputs: the measured regret's lower end is never above a certificate (docs/theory.md §8).
TEST(Certification, NoMeasuredRegretLiesAboveACertificate) {
  std::size_t certificates = 0;
  test::property("lower end of the regret ≤ certificate", [&] {
    const auto tenth = [](int low, int high) { return *rc::gen::inRange(low, high) / 10.0; };
    const double a = tenth(-13, 14), b = tenth(3, 15), noise = *rc::gen::element(0.0, 0.0, 0.05);
    const int bins = *rc::gen::element(33, 257, 4097);
    const std::string controller = *rc::gen::element<std::string>("quantized", "augmented", "feedback");
    AuditPlan plan = test::audit_plan("scalar_linear:a=" + std::to_string(a) + ",b=" + std::to_string(b) +
                                          ",noise=" + std::to_string(noise) + ",horizon=30,low=-12,high=12",
                                      "uniform:bins=" + std::to_string(bins), controller);
    plan.key = NoiseKey(*rc::gen::inRange<std::uint64_t>(0, 1000));
    const AuditFindings findings = certified(std::move(plan));
    for (const CertificateFinding& c : findings.certificates) {
      if (!c.issued || !c.covers || c.basis == Basis::sampled) continue;
      ++certificates;
      RC_ASSERT(findings.decomposition->total.low <= c.value + 1e-9);
    }
  });
  EXPECT_GT(certificates, 30u) << "the property must have had something to say";
}

}  // namespace
}  // namespace pianola
