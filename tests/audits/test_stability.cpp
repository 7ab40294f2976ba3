#include <gtest/gtest.h>

#include <cmath>

#include "audits/audit_plans.hpp"
#include "pianola/base/error.hpp"

namespace pianola {
namespace {

AuditSection audited(const AuditPlan& plan, AuditFindings& findings) {
  return test::run_until("stability", checked_plan(plan), findings);
}

TEST(StabilityAudit, OfALinearPlantIsExactAndAgreesWithWhatIsMeasured) {
  AuditFindings findings;
  const AuditSection section =
      audited(test::audit_plan("scalar_linear:a=0.9,b=1,noise=0.1,horizon=60", "uniform:bins=9"), findings);
  EXPECT_EQ(section.fields["basis"], "exact");
  EXPECT_NEAR(section.fields["eta"]["value"].get<double>(), 0.9, 1e-9);
  EXPECT_NEAR(section.fields["C"].get<double>(), 1.0, 1e-9);
  EXPECT_TRUE(section.fields["exponentially_stable"]);
  EXPECT_EQ(section.fields["violations"]["value"], 0.0);
  EXPECT_EQ(section.fields["covered_fraction"]["value"], 1.0);
  EXPECT_LE(section.fields["measured_over_exact"].get<double>(), 1.0 + 1e-6);
  EXPECT_GT(section.fields["measured_over_exact"].get<double>(), 0.99);
  EXPECT_TRUE(section.fields["radius_infinite"]);
  EXPECT_EQ(section.fields["gains"].size(), 60u);
  EXPECT_TRUE(section.fields["C_determined"]);
  EXPECT_TRUE(section.fields["C_low"].is_null()) << "exact gains have no eighths";
  EXPECT_LT(section.fields["closed_loop"]["eta"]["value"].get<double>(), 0.5);
  // ℓ*: the least ℓ with L·C·η^ℓ ≤ 1/2.
  const double lipschitz = 0.5327;  // of the regulator, roughly
  EXPECT_NEAR(section.fields["chunk_length"].get<double>(), std::ceil(std::log(2 * lipschitz) / -std::log(0.9)), 1.0);
  EXPECT_TRUE(findings.stability->open.exponentially_stable());
}

TEST(StabilityAudit, AnUnstablePlantIsOnlyStableInItsLoop) {
  AuditFindings findings;
  const AuditSection section =
      audited(test::audit_plan("scalar_linear:a=1.05,b=1,horizon=60", "uniform:bins=9"), findings);
  EXPECT_FALSE(section.fields["exponentially_stable"]);
  EXPECT_TRUE(section.fields["gamma_infinite"]);
  EXPECT_TRUE(section.fields["closed_loop"]["exponentially_stable"]);
  EXPECT_NE(section.summary.find("grow"), std::string::npos) << section.summary;
}

TEST(StabilityAudit, WithoutALinearModelItIsSampledAndSaysSo) {
  AuditFindings findings;
  const AuditSection section = audited(test::audit_plan("pendulum:horizon=60", "uniform:bins=17"), findings);
  EXPECT_EQ(section.fields["basis"], "sampled");
  EXPECT_TRUE(std::isfinite(findings.stability->open.radius));
  EXPECT_GT(findings.stability->open.delta, 0.0) << "no sample proves a supremum";
  EXPECT_NE(section.notes.front().find("lower estimates"), std::string::npos);
  EXPECT_EQ(section.fields["by_magnitude"].size(), 4u);
}

TEST(StabilityAudit, ShowsWhichMagnitudeSetsTheEnvelope) {
  AuditFindings findings;
  const AuditSection section = audited(test::audit_plan("pendulum:horizon=60", "uniform:bins=17"), findings);
  std::size_t setting = 0;
  for (const auto& row : section.fields["by_magnitude"]) {
    EXPECT_TRUE(row.contains("C"));
    setting += row["sets_C"].get<bool>() ? 1 : 0;
    EXPECT_FALSE(row["sets_C"].get<bool>() && row["derivative"].get<bool>());
  }
  EXPECT_EQ(setting, 1u);
  EXPECT_TRUE(section.fields["by_magnitude"][3]["derivative"]);
  EXPECT_EQ(section.table.rows.size(), 10u) << "two loops, four magnitudes each";
}

/// 1.05^60 ≈ 19 times the first error without feedback.
TEST(StabilityAudit, SaysInReturnWhatFeedbackSavesWhereThatWasMeasured) {
  const auto stability = [](const std::string& controller) {
    const AuditResult result = run_audits(checked_plan(
        test::audit_plan("scalar_linear:a=1.05,b=1,horizon=60", "uniform:bins=65,low=-3,high=3", controller)));
    for (const AuditSection& section : result.sections) {
      if (section.name == "stability") return section;
    }
    return AuditSection{};
  };
  const AuditSection measured = stability("augmented");
  const auto& in_return = measured.fields["feedback_in_return"];
  EXPECT_GT(in_return["saves"]["low"].get<double>(), 0.0);
  EXPECT_NEAR(in_return["saves"]["value"].get<double>(),
              in_return["without"]["value"].get<double>() - in_return["feedback"]["value"].get<double>(), 1e-9);
  EXPECT_NE(measured.summary.find("(m = ∞), a paired difference of"), std::string::npos) << measured.summary;
  EXPECT_NE(measured.summary.find("feedback saves return"), std::string::npos) << measured.summary;
  EXPECT_TRUE(stability("quantized").fields["feedback_in_return"].is_null());
}

TEST(StabilityAudit, RunsThatEndAtTheLimitOfALinearPlantAreSeen) {
  AuditPlan plan = test::audit_plan("scalar_linear:a=1.2,gain=0.21,x0=1,x0_std=0,limit=1.0000001,horizon=10",
                                    "uniform:bins=8,low=-0.2,high=0");
  plan.perturbations = 200;
  AuditFindings findings;
  const AuditSection section = audited(plan, findings);
  EXPECT_GT(section.fields["closed_loop"]["stopped"]["value"].get<double>(), 0.0);
  EXPECT_EQ(section.fields["closed_loop"]["violations"]["value"], 0.0);
  bool said = false;
  for (const std::string& note : section.notes) said = said || note.find("the plant's limit") != std::string::npos;
  EXPECT_TRUE(said);
}

TEST(StabilityAudit, WitnessesReplay) {
  AuditFindings findings;
  const AuditPlan plan = checked_plan(test::audit_plan("pendulum:horizon=60", "uniform:bins=17"));
  const AuditSection section = audited(plan, findings);
  for (const AuditEntry& entry : audits()) {
    if (entry.name != "stability") continue;
    ASSERT_EQ(section.witnesses.size(), 2u);
    for (const Witness& witness : section.witnesses) EXPECT_EQ(entry.replay(plan, witness.where), witness.measured);
    EXPECT_THROW(entry.replay(plan, {{"trajectory", "three"}}), DataError);
  }
}

}  // namespace
}  // namespace pianola
