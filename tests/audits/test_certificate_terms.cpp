#include "pianola/audits/certificate_terms.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "audits/audit_plans.hpp"
#include "pianola/audits/model_distance.hpp"

namespace pianola {
namespace {

/// x' = a·x + b·u, u = −k·x, from x_1 = 1 without noise: one trajectory, every number by hand.
TEST(CertificateTerms, AreTheSumsOfTheForms) {
  const double a = 0.5, b = 1.0, k = 0.25;
  const AuditPlan plan = checked_plan(
      test::audit_plan("scalar_linear:a=0.5,b=1,gain=0.25,x0=1,horizon=5,low=-1,high=1", "uniform:bins=4"));
  AuditFindings findings;
  test::run_until("decomposition", plan, findings);
  CertificateConstants constants;
  constants.scale.range = 1.0;
  constants.reward = {1.0, Basis::proven, ""};
  constants.policy = {k, Basis::proven, ""};
  constants.loop_gain = {1.0 / (1.0 - (a - b * k)), Basis::exact, ""};
  constants.epsilon = 0.25;
  constants.range = ActionRange{{-1.0}, {1.0}};
  constants.loop.sum = constants.loop_gain.value;
  constants.small_gain = (2.0 + 2.0 * k) / (1.0 - 2.0 * k);
  const CertificateTerms terms = certificate_terms(plan, findings, constants);
  double x = 1.0, augmented = 0.0, small_gain = 0.0, d = 0.0, shifted = 0.0;
  const double tolerance = *constants.small_gain * 0.25;
  for (int h = 0; h < 5; ++h) {
    const double u = -k * x, e = std::abs((std::floor(u / 0.5) + 0.5) * 0.5 - u);
    augmented += std::min(1.0, e + d);
    small_gain += std::min(1.0, e + tolerance + shifted);
    d = a * d + b * e;
    shifted = a * shifted + b * (e + tolerance);
    x = a * x + b * u;
  }
  EXPECT_NEAR(terms.augmented.mean(), augmented, 1e-6);
  // ±L·G·(1 + k)·ε leaves [−1, 1] here, so that no trajectory keeps ε_sup: all count as lost.
  EXPECT_EQ(terms.left_small_gain + terms.by_small_gain.count(), plan.rollouts);
  if (terms.by_small_gain.count() > 0) {
    EXPECT_NEAR(terms.by_small_gain.mean(), small_gain, 1e-6);
  }
  // Nothing leaves the range: e' = ε, D_0 = 0 and then G·ε.
  const double g = constants.loop_gain.value, first = 0.25, later = 0.25 + g * 0.25 * (1.0 + k);
  EXPECT_NEAR(terms.closed_loop.mean(), first + 4.0 * std::min(1.0, later), 1e-9);
  EXPECT_EQ(terms.trajectories, plan.rollouts);
  EXPECT_FALSE(terms.learned);
}

/// Chunks of 4 in 6 steps: what the last two steps lose is not known, and they count as lost.
TEST(CertificateTerms, StepsBehindTheLastWholeChunkCostAllThatTheyCan) {
  DeploymentRequest request;
  request.system = "scalar_linear:a=0.5,b=1,gain=0.25,x0=0,horizon=6,low=-1,high=1";
  request.quantizer = "uniform:bins=5,representatives=ends", request.chunk = 4;  // 0 is a level: no error at rest
  AuditPlan plan = test::audit_plan("scalar_linear", "uniform:bins=4");
  plan.deployment = make_deployment(request);
  plan.controller = "augmented";
  plan = checked_plan(plan);
  AuditFindings findings;
  test::run_until("decomposition", plan, findings, "smoothness");
  const CertificateTerms terms = certificate_terms(plan, findings, certificate_constants(plan, findings));
  EXPECT_EQ(terms.augmented.mean(), 2.0);
}

/// The noisy augmented form of bins by hand: ε'_h = 2ε + L·ρ_h, D of e_h + ε'_h.
TEST(CertificateTerms, OfTheAugmentedFormUnderNoiseAreItsSum) {
  const AuditPlan plan = checked_plan(test::audit_plan(
      "scalar_linear:a=0.5,b=1,gain=0.25,noise=0.01,horizon=5,low=-1,high=1", "uniform:bins=65", "augmented"));
  AuditFindings findings;
  test::run_until("decomposition", plan, findings, "smoothness");
  const CertificateConstants constants = certificate_constants(plan, findings);
  const CertificateTerms terms = certificate_terms(plan, findings, constants);
  const double epsilon = 1.0 / 65.0, slope = constants.reward.value;
  ModelDistance model(plan);
  RunningMean wanted;
  expert_pass(expert_pass_of(plan, "test"), [&](const ExpertTrajectory& t) {
    const std::vector<double> away = model.of(t);
    double sum = 0.0, d = 0.0;
    for (std::size_t h = 0; h < 5; ++h) {
      const double off = std::abs(t.quantized[h] - t.actions[h]) + 2.0 * epsilon + 0.25 * away[h];
      sum += std::min(1.0, slope * (off + d));
      d = 0.5 * d + off;
    }
    wanted.add(sum);
  });
  EXPECT_NEAR(terms.by_bins.total.mean(), wanted.mean(), 1e-6);
  EXPECT_GT(terms.model_distance.mean(), 0.0);
  EXPECT_FALSE(terms.by_bins.parts);
}

}  // namespace
}  // namespace pianola
