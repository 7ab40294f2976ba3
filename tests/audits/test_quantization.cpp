#include <gtest/gtest.h>

#include <cmath>

#include "audits/audit_plans.hpp"

namespace pianola {
namespace {

AuditSection audited(AuditPlan plan, AuditFindings& findings) {
  return test::run_until("quantization", checked_plan(std::move(plan)), findings);
}

TEST(QuantizationAudit, SeesWhatTheSchemeClaimsAndNoMore) {
  AuditFindings findings;
  // u = −x/4 with x_1 = 1, halved every second step or so; levels −0.75, −0.25, 0.25, 0.75.
  const AuditSection section = audited(
      test::audit_plan("scalar_linear:a=0.5,b=1,gain=0.25,x0=1,horizon=4,low=-1,high=1", "uniform:bins=4"), findings);
  double x = 1.0, sum = 0.0, bias = 0.0;
  for (int h = 0; h < 4; ++h, x = 0.25 * x) sum += std::abs(-0.25 + 0.25 * x), bias += -0.25 + 0.25 * x;
  EXPECT_NEAR(section.fields["epsilon_in"]["value"].get<double>(), sum / 4, 1e-7);
  EXPECT_NEAR(section.fields["bias_per_dimension"][0].get<double>(), bias / 4, 1e-7);
  EXPECT_NEAR(section.fields["epsilon_sup"].get<double>(), 0.25, 1e-6);
  EXPECT_LE(section.fields["largest_error"].get<double>(), 0.25 + 1e-6);
  EXPECT_EQ(section.fields["saturated_fraction"], 0.0);
  EXPECT_EQ(section.fields["error_by_step"].size(), 4u);
  EXPECT_EQ(section.fields["worst_trajectories"].size(), 5u);
  EXPECT_NEAR(findings.errors->largest, 0.25 - 0.25 * 0.25 * 0.25 * 0.25, 1e-6);
  EXPECT_NEAR(findings.errors->controller_error.value, sum / 4, 1e-7) << "q#π* decides the same";
}

TEST(QuantizationAudit, SaturationIsNamed) {
  AuditFindings findings;
  const AuditSection section = audited(
      test::audit_plan("scalar_linear:a=0.5,b=1,gain=0.25,x0=8,horizon=2,low=-1,high=1", "uniform:bins=4"), findings);
  EXPECT_NEAR(section.fields["saturated_fraction"].get<double>(), 0.5, 1e-9) << "−2, then −0.5";
  EXPECT_NE(section.summary.find("Saturation"), std::string::npos) << section.summary;
  EXPECT_GT(section.fields["beyond_levels_error_fraction"].get<double>(), 0.5);
  const AuditSection ends = audited(test::audit_plan("scalar_linear:a=0.5,b=1,gain=0.25,x0=8,horizon=2,low=-1,high=1",
                                                     "uniform:bins=4,representatives=ends"),
                                    findings);
  EXPECT_EQ(ends.fields["beyond_levels_fraction"], 0.0) << "levels that reach the ends of the range";
}

TEST(QuantizationAudit, WithoutAQuantizerOnlyTheControllerErrs) {
  AuditFindings findings;
  const AuditSection section = audited(test::audit_plan("scalar_linear:a=0.5,b=1,horizon=4", ""), findings);
  EXPECT_EQ(section.fields["controller_error"]["value"], 0.0) << "the expert itself";
  EXPECT_FALSE(section.fields.contains("epsilon_in"));
}

}  // namespace
}  // namespace pianola
