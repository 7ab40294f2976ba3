#include "pianola/audits/action_sensitivity.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "audits/audit_plans.hpp"

namespace pianola {
namespace {

TEST(ActionSensitivity, OfAScalarLinearLoopIsTheSumOfItsSquaredGains) {
  // x' = 0.8x + 2u, u = −0.1x ± δ: gains 2·0.6^j at lag j. E ‖e_h‖² = 4δ² Σ_{j<h} 0.36^j, averaged over the horizon.
  AuditPlan plan = test::audit_plan("scalar_linear:a=0.8,b=2,gain=0.1,noise=0.3,horizon=50", "");
  plan.horizon = 50;
  plan.perturbations = 400;
  double expected = 0.0;
  for (int h = 1; h <= 50; ++h) expected += 4.0 * (1.0 - std::pow(0.36, h)) / 0.64 / 50.0;
  for (const double size : {0.5, 1e-3}) {
    const auto found = measure_action_sensitivity(plan, size);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_NEAR(found[0].value, expected, 2.0 * (found[0].high - found[0].value)) << size;
    EXPECT_LT(found[0].high - found[0].low, 0.2 * expected);
    EXPECT_EQ(found[0].n, 400U);
  }
}

TEST(ActionSensitivity, EachDimensionHasItsOwn) {
  // Two modes that do not touch: x_0' = 0.5 x_0 + u_0, x_1' = 0.5 x_1 + 3 u_1.
  AuditPlan plan = test::audit_plan("linear:a='0.5,0,0,0.5',b='1,0,0,3',gain='0,0,0,0',horizon=40", "");
  plan.horizon = 40;
  const auto found = measure_action_sensitivity(plan, 0.01);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_NEAR(found[1].value / found[0].value, 9.0, 2.0);
}

TEST(ActionSensitivity, ALoopThatDivergesHasNoFinitePrice) {
  AuditPlan plan = test::audit_plan("scalar_linear:a=30,b=1,gain=0,horizon=400", "");
  plan.horizon = 400;
  EXPECT_TRUE(std::isinf(measure_action_sensitivity(plan, 0.1)[0].value));
}

}  // namespace
}  // namespace pianola
