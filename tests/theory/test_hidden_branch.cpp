#include "pianola/theory/hidden_branch.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "pianola/base/statistics.hpp"

namespace pianola {
namespace {

Estimate drawn(const HiddenBranch& branch, double sign, double first, double bias) {
  RunningMean mean;
  for (std::uint64_t id = 0; id < 4000; ++id) mean.add(hidden_rollout(branch, sign, first, bias, NoiseKey(3), id));
  return mean.estimate(0.9999);
}

HiddenBranch binned(bool by_model, std::uint64_t horizon, double epsilon) {
  HiddenBranch branch;
  branch.by_model = by_model;
  branch.horizon = horizon;
  branch.played = 1.0 - epsilon;
  branch.hidden = 0.5 * epsilon;
  return branch;
}

TEST(HiddenBranch, WithExactTokensNothingIsLost) {
  for (const bool by_model : {false, true}) {
    const HiddenPayoff payoff = hidden_payoff(binned(by_model, 20, 0.0));
    EXPECT_NEAR(payoff.expert, payoff.learner, 1e-12);
    EXPECT_NEAR(payoff.expert, by_model ? 19.0 : 20.0, 1e-12) << "the hidden first action is worth nothing";
  }
}

TEST(HiddenBranch, RolloutsAgreeOnBothSides) {
  for (const bool by_model : {false, true}) {
    HiddenBranch branch = binned(by_model, 25, 0.01);
    branch.a = 0.6;
    branch.b = 0.4;
    const double learner = hidden_payoff(branch).learner;
    for (const double sign : {1.0, -1.0}) {
      const Estimate mean = drawn(branch, sign, 0.7, 0.0);
      const double share = sign > 0.0 ? 0.7 : 0.3;
      EXPECT_LE(mean.low, share * learner + 1e-9);
      EXPECT_GE(mean.high, share * learner - 1e-9);
    }
  }
}

TEST(HiddenBranch, RegretOfWrongSigns) {
  // Exact tokens, 19 steps that are paid: (½ + Δ)·19 − (½ + Δ − 2Δ·wrong)·19.
  const Estimate wrong{0.25, 0.0, 1.0, 8};
  const Estimate regret = hidden_regret(binned(true, 20, 0.0), 0.2, wrong);
  EXPECT_NEAR(regret.value, 0.4 * 0.25 * 19.0, 1e-12);
  EXPECT_NEAR(regret.low, 0.0, 1e-12);
  EXPECT_NEAR(regret.high, 0.4 * 19.0, 1e-12);
  EXPECT_EQ(regret.n, 8U);
}

TEST(HiddenBranch, CertificateHoldsAndIsTight) {
  for (const double epsilon : {0.001, 0.01, 0.1}) {
    const HiddenPayoff payoff = hidden_payoff(binned(true, 50, epsilon));
    EXPECT_LE(payoff.expert - payoff.learner, payoff.certificate + 1e-12);
    EXPECT_GE(payoff.expert - payoff.learner, 0.9 * payoff.certificate);
  }
}

TEST(HiddenBranch, ABiasedModelTakesEveryBranchToOneSide) {
  const HiddenBranch branch = binned(true, 20, 0.01);
  EXPECT_EQ(drawn(branch, -1.0, 0.5, 0.01).value, 0.0);
  EXPECT_GT(drawn(branch, 1.0, 0.5, 0.01).value, 17.0);
}

}  // namespace
}  // namespace pianola
