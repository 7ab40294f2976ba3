#include <gtest/gtest.h>

#include "audits/audit_plans.hpp"
#include "pianola/base/error.hpp"

namespace pianola {
namespace {

AuditSection audited(const AuditPlan& plan, AuditFindings& findings) {
  return test::run_until("decomposition", checked_plan(plan), findings);
}

TEST(Decomposition, WithoutALearnerAllOfItIsQuantization) {
  AuditFindings findings;
  const AuditSection section =
      audited(test::audit_plan("scalar_linear:a=0.9,b=1,horizon=30", "uniform:bins=5"), findings);
  EXPECT_EQ(section.fields["statistical"]["value"], 0.0);
  EXPECT_EQ(section.fields["quantization"]["value"], section.fields["total"]["value"]);
  EXPECT_GT(section.fields["total"]["low"].get<double>(), 0.0) << "five bins cost something";
  EXPECT_EQ(section.fields["state_deviation_by_step"].size(), 30u);
  EXPECT_NEAR(section.fields["expert_return"]["value"].get<double>(), 30.0, 1e-9);
}

TEST(Decomposition, TermsAddUpStepByStep) {
  AuditFindings findings;
  const AuditSection section =
      audited(test::audit_plan("scalar_linear:a=0.9,b=1,noise=0.1,horizon=30", "uniform:bins=5"), findings);
  double sum = 0.0;
  for (const auto& step : section.fields["quantization_by_step"]) sum += step["value"].get<double>();
  EXPECT_NEAR(sum, section.fields["quantization"]["value"].get<double>(), 1e-9);
}

TEST(Decomposition, TheGapIsBetweenTheExpertsStatesAndItsOwn) {
  AuditFindings findings;
  const AuditSection section = audited(test::audit_plan("trap:epsilon=0.03125", "trap:epsilon=0.03125"), findings);
  const auto& gap = section.fields["gap"];
  EXPECT_LT(gap["in_distribution_error"]["value"].get<double>(), 0.25);
  EXPECT_GT(gap["closed_loop_error"]["value"].get<double>(), 0.55) << "theory.md §10: 0.604 a step";
  EXPECT_GT(gap["ratio"].get<double>(), 2.0);
}

TEST(Decomposition, WhereNothingIsLostThereIsNoWitness) {
  AuditFindings findings;
  const AuditSection section = audited(test::audit_plan("scalar_linear:a=0.9,b=1,horizon=30", ""), findings);
  EXPECT_EQ(findings.decomposition->worst_regret, 0.0) << "the expert beside itself";
  EXPECT_TRUE(section.witnesses.empty());
  EXPECT_NE(section.summary.find("No rollout lost anything"), std::string::npos) << section.summary;
}

TEST(Decomposition, TheWorstRolloutReplays) {
  AuditFindings findings;
  const AuditPlan plan = checked_plan(test::audit_plan("pendulum:horizon=60", "uniform:bins=5"));
  const AuditSection section = audited(plan, findings);
  ASSERT_EQ(section.witnesses.size(), 1u);
  EXPECT_EQ(section.witnesses[0].measured["regret"].get<double>(), findings.decomposition->worst_regret);
  for (const AuditEntry& entry : audits()) {
    if (entry.name == "decomposition") {
      EXPECT_THROW(entry.replay(plan, {{"nothing", 1}}), DataError);
    }
  }
}

}  // namespace
}  // namespace pianola
