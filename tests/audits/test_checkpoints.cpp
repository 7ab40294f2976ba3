#include <gtest/gtest.h>

#include <cmath>

#include "audit_plans.hpp"
#include "pianola/policies/mlp_policy.hpp"

namespace pianola {
namespace {

AuditSection section_of(const AuditPlan& plan) {
  AuditFindings findings;
  for (const AuditEntry& entry : audits()) {
    if (entry.name == "checkpoints") return entry.run(plan, findings);
  }
  return {};
}

/// Plays token `likelier` of three, whatever it sees.
std::shared_ptr<const Policy> constant_policy(std::size_t likelier) {
  MlpWeights weights;
  weights.normalisation = {{0}, {1}};
  weights.vocabularies = {3};
  weights.layers = {{1, 3, std::vector<float>(3), std::vector<float>(3)}};
  weights.layers[0].bias[likelier] = 50.0F;
  return std::make_shared<MlpPolicy>(weights);
}

AuditPlan plan_of(const std::vector<std::size_t>& tokens) {
  AuditPlan plan = test::audit_plan("scalar_linear:a=0.9,b=1,horizon=30", "uniform:bins=3,low=-1.5,high=1.5");
  plan.deployment.policy = constant_policy(1);
  plan.controller = "feedback";
  for (std::size_t i = 0; i < tokens.size(); ++i) plan.candidates.push_back({i + 1, constant_policy(tokens[i]), {}});
  return checked_plan(plan);
}

TEST(Checkpoints, SpreadIsThatOfTheirReturns) {
  const AuditSection section = section_of(plan_of({0, 1, 1}));  // −1: wrong; 0, twice: right once the state rests
  ASSERT_EQ(section.fields["rows"].size(), 3U);
  const auto at = [&](std::size_t i) { return section.fields["rows"][i]["return"]["value"].get<double>(); };
  EXPECT_LT(at(0), at(1) - 1.0);
  EXPECT_EQ(at(1), at(2)) << "the same policy under the same noise";
  const double mean = (at(0) + 2.0 * at(1)) / 3.0;
  const double spread = std::sqrt((std::pow(at(0) - mean, 2) + 2.0 * std::pow(at(1) - mean, 2)) / 2.0);
  EXPECT_NEAR(section.fields["spread"].get<double>(), spread, 1e-12);
  EXPECT_NEAR(section.fields["range"].get<double>(), at(1) - at(0), 1e-12);
  EXPECT_EQ(section.table.rows.size(), 3U);
  EXPECT_EQ(section.pictures.size(), 1U);
}

TEST(Checkpoints, OneSetOfWeightsHasNoSpread) {
  for (const auto& tokens : {std::vector<std::size_t>{}, std::vector<std::size_t>{1}}) {
    const AuditSection section = section_of(plan_of(tokens));
    EXPECT_TRUE(section.fields.is_null());
    EXPECT_NE(section.summary.find("not known"), std::string::npos);
  }
}

}  // namespace
}  // namespace pianola
