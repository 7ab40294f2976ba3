#include "pianola/audits/audit.hpp"

#include <gtest/gtest.h>

#include "audits/audit_plans.hpp"
#include "pianola/base/error.hpp"

namespace pianola {
namespace {

/// What checked_plan says, or "".
std::string refusal(const AuditPlan& plan) {
  try {
    checked_plan(plan);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

TEST(Audit, ThePlanIsCheckedBeforeAnythingRuns) {
  const AuditPlan good = test::audit_plan("scalar_linear:a=0.9,b=1,horizon=20", "uniform:bins=9");
  EXPECT_EQ(refusal(good), "");
  EXPECT_EQ(checked_plan(good).horizon, 20u);
  AuditPlan bad = good;
  bad.deployment.expert = nullptr;
  EXPECT_NE(refusal(bad).find("--expert"), std::string::npos) << "an expert that cannot be asked";
  bad = good;
  bad.perturbations = 5;
  EXPECT_NE(refusal(bad).find("--perturbations"), std::string::npos);
  bad = good;
  bad.rollouts = 1;
  EXPECT_NE(refusal(bad).find("--rollouts"), std::string::npos);
  bad = good;
  bad.magnitudes = {0.1, -0.1};
  EXPECT_NE(refusal(bad).find("-0.1"), std::string::npos);
  bad = good;
  bad.tolerance = 0.0;
  EXPECT_NE(refusal(bad), "");
  bad = good;
  bad.deployment.system = nullptr;
  EXPECT_NE(refusal(bad).find("--system"), std::string::npos);
}

TEST(Audit, EveryAuditGivesASectionUnderItsName) {
  const AuditResult result = run_audits(test::audit_plan("scalar_linear:a=0.9,b=1,horizon=20", "uniform:bins=9"));
  ASSERT_EQ(result.sections.size(), audits().size());
  for (std::size_t i = 0; i < audits().size(); ++i) {
    EXPECT_EQ(result.sections[i].name, audits()[i].name);
    EXPECT_FALSE(result.sections[i].summary.empty()) << audits()[i].name;
    for (const Witness& witness : result.sections[i].witnesses) {
      EXPECT_EQ(witness.audit, audits()[i].name);
      EXPECT_NE(audits()[i].replay, nullptr) << "a witness that nobody can replay";
    }
  }
}

TEST(Audit, TheWeakestBasisDecides) {
  EXPECT_EQ(weaker(Basis::proven, Basis::sampled), Basis::sampled);
  EXPECT_EQ(weaker(Basis::exact, Basis::proven), Basis::exact);
  EXPECT_EQ(to_text(Basis::sampled), "sampled");
}

}  // namespace
}  // namespace pianola
