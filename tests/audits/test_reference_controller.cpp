#include "pianola/audits/reference_controller.hpp"

#include <gtest/gtest.h>

#include "audits/audit_plans.hpp"
#include "pianola/policies/quantized_expert.hpp"

namespace pianola {
namespace {

TEST(ReferenceController, IsOfTheSameKindWithoutWhatOnlyALearnerHas) {
  EXPECT_EQ(reference_controller("feedback"), "quantized");
  EXPECT_EQ(reference_controller("feedback:decode=argmax"), "quantized");
  EXPECT_EQ(reference_controller("quantized:rate_limit=0.1"), "quantized:rate_limit=0.1");
  EXPECT_EQ(reference_controller("augmented:resync_every=3,model=learned"), "augmented:resync_every=3");
  EXPECT_FALSE(reference_controller("expert"));
}

TEST(ReferenceController, PlaysWithoutThePolicy) {
  Deployment deployment = test::audit_plan("pendulum", "uniform:bins=5").deployment;
  deployment.policy = make_quantized_expert(deployment.expert, deployment.quantizer);
  EXPECT_EQ(untrained(deployment).policy, nullptr);
  EXPECT_EQ(untrained(deployment).quantizer, deployment.quantizer);
}

}  // namespace
}  // namespace pianola
