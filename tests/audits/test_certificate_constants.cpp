#include "pianola/audits/certificate_constants.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "audits/audit_plans.hpp"

namespace pianola {
namespace {

CertificateConstants constants_of(AuditPlan plan) {
  plan = checked_plan(std::move(plan));
  AuditFindings findings;
  for (const AuditEntry& entry : audits()) {
    if (entry.name != "smoothness" && entry.name != "certificates") static_cast<void>(entry.run(plan, findings));
  }
  return certificate_constants(plan, findings);
}

TEST(CertificateConstants, OfALinearPlantAreExactOrProven) {
  const CertificateConstants c =
      constants_of(test::audit_plan("scalar_linear:a=0.5,b=1,gain=0.25,low=-1,high=1", "uniform:bins=4"));
  EXPECT_NEAR(c.policy.value, 0.25, 1e-9);
  EXPECT_EQ(c.policy.basis, Basis::proven);
  EXPECT_EQ(c.loop_gain.basis, Basis::exact);
  EXPECT_NEAR(c.loop_gain.value, 1.0 / (1.0 - 0.25), 1e-9);
  EXPECT_TRUE(c.lipschitz_bins);
  EXPECT_NEAR(*c.small_gain, (2.0 + 0.5) / (1.0 - 0.5), 1e-9);
  EXPECT_TRUE(c.moduli.empty()) << "bins jump, and nobody measured how";
}

/// Levels Δ = 0.5 apart and an expert of slope 0.25: tokens differ with a probability of at most r/2.
TEST(CertificateConstants, DitheredLevelsHaveAProvenModulus) {
  const CertificateConstants c =
      constants_of(test::audit_plan("scalar_linear:a=0.5,b=1,gain=0.25,low=-1,high=1", "dither:bins=5"));
  EXPECT_FALSE(c.lipschitz_bins);
  ASSERT_EQ(c.moduli.size(), 1u);
  EXPECT_EQ(c.moduli[0].basis, Basis::proven);
  EXPECT_EQ(c.moduli[0].tolerance, 0.0);
  EXPECT_EQ(c.moduli[0].modulus(0.0), 0.0);
  EXPECT_NEAR(c.moduli[0].modulus(0.5), 0.25, 1e-12);
  EXPECT_EQ(c.moduli[0].modulus(100.0), 1.0);
}

/// The second of two actions is no nearer to the third than to the tenth.
TEST(CertificateConstants, IndicesOfActionsHaveNoLipschitzConstant) {
  EXPECT_FALSE(lipschitz_kinds(test::audit_plan("tabular_mdp:coin", "")));
  EXPECT_FALSE(lipschitz_kinds(test::audit_plan("sequence", "")));
  EXPECT_TRUE(lipschitz_kinds(test::audit_plan("pendulum", "")));
}

TEST(RewardScales, AreDeclaredOrStoodInFor) {
  const Estimate earned{-120.0, -130.0, -110.0, 10};
  AuditPlan plan = checked_plan(test::audit_plan("scalar_linear:horizon=50", ""));
  EXPECT_EQ(reward_scale(plan, earned).most(), 50.0);
  plan = checked_plan(test::audit_plan("trap", ""));
  EXPECT_FALSE(reward_scale(plan, earned).range) << "no lower bound is declared";
  EXPECT_EQ(reward_scale(plan, earned).most(), 120.0);
}

}  // namespace
}  // namespace pianola
