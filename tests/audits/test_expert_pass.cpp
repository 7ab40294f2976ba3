#include "pianola/audits/expert_pass.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "audits/audit_plans.hpp"
#include "pianola/base/parallel.hpp"

namespace pianola {
namespace {

ExpertPassPlan pass_of(const AuditPlan& plan, std::size_t rollouts) {
  ExpertPassPlan pass;
  pass.system = plan.deployment.system;
  pass.expert = plan.deployment.expert;
  pass.quantizer = plan.deployment.quantizer;
  pass.shadow = make_controller(plan.controller, plan.deployment);
  pass.key = plan.key;
  pass.rollouts = rollouts;
  pass.horizon = plan.deployment.system->info().horizon;
  return pass;
}

TEST(ExpertPass, TheShadowDecidesInTheExpertsSituationsAndMovesNothing) {
  const AuditPlan plan = test::audit_plan("scalar_linear:a=0.5,b=1,gain=0.25,noise=0.1,horizon=12", "uniform:bins=9");
  std::uint64_t next = 0;
  expert_pass(pass_of(plan, 37), [&](const ExpertTrajectory& t) {
    EXPECT_EQ(t.id, next++) << "in order";
    ASSERT_EQ(t.steps, 12u);
    ASSERT_EQ(t.quantized.size(), 12u);
    for (std::size_t h = 0; h < t.steps; ++h) {
      EXPECT_DOUBLE_EQ(t.actions[h], -0.25 * t.observations[h]);
      EXPECT_DOUBLE_EQ(t.shadow[h], t.quantized[h]) << "the quantized expert decides what the quantizer makes of u";
      EXPECT_DOUBLE_EQ(t.rewards[h], 1.0) << "the expert's own reward";
    }
  });
  EXPECT_EQ(next, 37u);
}

TEST(ExpertPass, ChunksAreWhole) {
  AuditPlan plan = test::audit_plan("scalar_linear:a=0.5,b=1,horizon=12", "");
  DeploymentRequest request;
  request.system = "scalar_linear:a=0.5,b=1,horizon=12";
  request.quantizer = "uniform:bins=9";
  request.chunk = 5;
  plan.deployment = make_deployment(request);
  plan.controller = "quantized";
  expert_pass(pass_of(plan, 3), [&](const ExpertTrajectory& t) { EXPECT_EQ(t.quantized.size(), 10u); });
}

TEST(ExpertPass, TheSameBitsForOneAndTwoThreads) {
  const auto run = [](int count) {
    set_threads(count);
    std::vector<double> all;
    const AuditPlan plan = test::audit_plan("pendulum:horizon=30", "uniform:bins=5");
    expert_pass(pass_of(plan, 50), [&](const ExpertTrajectory& t) {
      all.insert(all.end(), t.shadow.begin(), t.shadow.end());
      all.insert(all.end(), t.rewards.begin(), t.rewards.end());
    });
    set_threads(0);
    return all;
  };
  EXPECT_EQ(run(1), run(2));
}

}  // namespace
}  // namespace pianola
