#include "pianola/audits/model_distance.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "audits/audit_plans.hpp"
#include "pianola/base/error.hpp"
#include "pianola/control/augmented.hpp"

namespace pianola {
namespace {

/// ρ_h of every rollout of the plan.
std::vector<std::vector<double>> distances(const AuditPlan& plan) {
  ModelDistance model(plan);
  std::vector<std::vector<double>> all;
  expert_pass(expert_pass_of(plan, "test"), [&](const ExpertTrajectory& t) { all.push_back(model.of(t)); });
  return all;
}

AuditPlan augmented(const std::string& system, const std::string& quantizer, const std::string& expert = "") {
  return checked_plan(test::audit_plan(system, quantizer, "augmented", expert));
}

TEST(ModelDistance, IsNothingWithoutNoise) {
  const AuditPlan plan = augmented("scalar_linear:a=0.9,b=1,horizon=30", "uniform:bins=9");
  EXPECT_FALSE(ModelDistance(plan).follows_tokens()) << "a deterministic expert's action is that of its state";
  for (const auto& rollout : distances(plan)) {
    for (const double away : rollout) EXPECT_EQ(away, 0.0);
  }
}

/// Both x and x̃ are x' = F·x + σ·w with noise of their own from one start: E ρ_h² = 2σ²·Σ_{j<h} F^{2j}.
TEST(ModelDistance, OfProcessNoiseIsThatOfTwoIndependentRuns) {
  const double f = 0.9 - 0.5, sigma = 0.1;
  AuditPlan plan = augmented("scalar_linear:a=0.9,b=1,gain=0.5,noise=0.1,horizon=6", "uniform:bins=9");
  plan.rollouts = 4000;
  std::vector<double> square(6, 0.0);
  const auto all = distances(plan);
  for (const auto& rollout : all) {
    for (std::size_t h = 0; h < 6; ++h) square[h] += rollout[h] * rollout[h] / static_cast<double>(all.size());
  }
  double wanted = 0.0;
  for (std::size_t h = 0; h < 6; ++h) {
    EXPECT_NEAR(square[h], 2.0 * sigma * sigma * wanted, 0.1 * 2.0 * sigma * sigma) << h;
    wanted += std::pow(f, 2.0 * static_cast<double>(h));
  }
}

/// A stochastic expert's token says which action it drew, so that x̃ stays with x without process noise.
TEST(ModelDistance, FollowsTheTokensOfAStochasticExpert) {
  const AuditPlan plan = augmented("lane_keeping:horizon=20", "uniform:bins=4097", "driver");
  EXPECT_TRUE(ModelDistance(plan).follows_tokens());
  double largest = 0.0;
  for (const auto& rollout : distances(plan)) largest = std::max(largest, rollout[1]);
  EXPECT_GT(largest, 0.0) << "which action of the bin it was the token does not say";
  EXPECT_LT(largest, 0.01);
}

TEST(ModelDistance, SaysWhyItIsNotKnown) {
  EXPECT_NE(ModelDistance(checked_plan(test::audit_plan("scalar_linear", "uniform:bins=9", "quantized"))).why_not(),
            "");
  DeploymentRequest request;
  request.system = "scalar_linear:noise=0.1";
  request.quantizer = "uniform:bins=9", request.chunk = 4;
  AuditPlan plan;
  plan.deployment = make_deployment(request);
  plan.controller = "augmented";
  EXPECT_NE(ModelDistance(plan).why_not().find("within a chunk"), std::string::npos);
  EXPECT_TRUE(ModelDistance(plan).of({}).empty());
  EXPECT_THROW(augmented_model("quantized", plan.deployment), UsageError) << "it keeps no auxiliary state";
}

TEST(LargestOfLast, LooksBackNoFurtherThanTheWindow) {
  const std::vector<double> values{3.0, 1.0, 2.0, 0.0, 0.0};
  EXPECT_EQ(largest_of_last(values, 1), values);
  EXPECT_EQ(largest_of_last(values, 2), (std::vector<double>{3.0, 3.0, 2.0, 2.0, 0.0}));
  EXPECT_EQ(largest_of_last(values, 9), (std::vector<double>(5, 3.0)));
}

}  // namespace
}  // namespace pianola
