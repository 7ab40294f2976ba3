#include "pianola/audits/smooth_pairs.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "audits/audit_plans.hpp"
#include "pianola/base/parallel.hpp"

namespace pianola {
namespace {

PairPlan pair_plan(const std::string& system, const std::string& quantizer, double tolerance) {
  const AuditPlan plan = checked_plan(test::audit_plan(system, quantizer));
  PairPlan pairs;
  static_cast<RolloutSet&>(pairs) = plan.rollout_set("pairs");
  pairs.deployment = plan.deployment;
  pairs.controller = plan.controller;
  pairs.rollouts = 40;
  pairs.tolerance = tolerance;
  pairs.most_pairs = 400;
  return pairs;
}

std::vector<SmoothPair> pairs_of(const PairPlan& plan) {
  return smooth_pairs(plan, *make_deployed_law(plan.deployment, plan.controller));
}

TEST(SmoothPairs, StepsAreSpreadAndBeginWithTheFirst) {
  const auto steps = spread_steps(1000, 20);
  EXPECT_EQ(steps.front(), 1u);
  EXPECT_EQ(steps.back(), 999u);
  EXPECT_LE(steps.size(), 20u);
  EXPECT_GE(steps.size(), 16u);
  EXPECT_LT(steps[2], 10u) << "small deviations come early";
  EXPECT_TRUE(spread_steps(1, 20).empty());
  EXPECT_EQ(spread_steps(2, 20), std::vector<std::uint32_t>{1});
}

TEST(SmoothPairs, AreTheStatesOfCoupledRollouts) {
  const PairPlan plan = pair_plan("scalar_linear:a=0.5,b=1,horizon=30", "uniform:bins=5", 0.2);
  const auto pairs = pairs_of(plan);
  const double gain = *plan.deployment.expert->info().lipschitz;
  ASSERT_FALSE(pairs.empty());
  for (const SmoothPair& pair : pairs) {
    const double x = pair.here.rows[0], y = pair.there.rows[0];
    EXPECT_DOUBLE_EQ(pair.distance, std::abs(x - y));
    double u[2] = {-gain * x, -gain * y};
    plan.deployment.quantizer->quantize(u, {}, u);
    const double apart = std::abs(u[0] - u[1]);
    EXPECT_EQ(pair.gap.tv_high, apart > 0.0 ? 1.0 : 0.0);
    EXPECT_EQ(pair.gap.high, apart > 0.2 ? 1.0 : 0.0);
    EXPECT_NEAR(pair.gap.action_distance, apart, 1e-12);
  }
}

TEST(SmoothPairs, RandomOnesAreAsFarApart) {
  const auto pairs = pairs_of(pair_plan("quadrotor:horizon=50", "uniform:bins=9", 0.1));
  const auto first_random = std::ranges::find(pairs, true, &SmoothPair::random);
  const auto coupled = static_cast<std::size_t>(first_random - pairs.begin());
  ASSERT_EQ(pairs.size(), 2 * coupled);
  double mean[6] = {};
  for (std::size_t i = 0; i < coupled; ++i) {
    const SmoothPair &one = pairs[i], &other = pairs[coupled + i];
    EXPECT_EQ(one.here.rows, other.here.rows);
    EXPECT_NEAR(one.distance, other.distance, 1e-9 * (1.0 + one.distance));
    for (std::size_t d = 0; d < 6; ++d) mean[d] += (other.there.rows[d] - other.here.rows[d]) / other.distance;
  }
  for (const double x : mean) EXPECT_LT(std::abs(x) / static_cast<double>(coupled), 0.15) << "no direction is favoured";
}

TEST(SmoothPairs, AreTheSameBitsForAnyNumberOfThreads) {
  const PairPlan plan = pair_plan("lane_keeping:horizon=60", "uniform:bins=17", 0.05);
  std::vector<std::vector<double>> seen;
  for (const int count : {1, 2}) {
    set_threads(count);
    seen.emplace_back();
    for (const SmoothPair& pair : pairs_of(plan)) {
      seen.back().insert(seen.back().end(), {pair.distance, pair.gap.high, pair.gap.tv_low, pair.gap.action_distance,
                                             pair.there.rows[0], static_cast<double>(pair.here.id)});
    }
  }
  set_threads(0);
  EXPECT_GT(seen[0].size(), 1000u);
  EXPECT_EQ(seen[0], seen[1]);
}

TEST(SmoothPairs, OneRolloutAtOneStepIsTheSamePair) {
  PairPlan plan = pair_plan("scalar_linear:a=0.9,b=1,noise=0.1,horizon=30", "uniform:bins=5", 0.2);
  const auto all = pairs_of(plan);
  const SmoothPair& wanted = all[17];
  plan.rollouts = 1, plan.first_id = wanted.here.id, plan.steps = {wanted.here.h};
  const auto again = pairs_of(plan);
  ASSERT_EQ(again.size(), 2u);
  EXPECT_EQ(again[0].distance, wanted.distance);
  EXPECT_EQ(again[0].gap.high, wanted.gap.high);
}

TEST(SmoothPairs, AChunkedExpertHasNoRandomOnes) {
  PairPlan plan = pair_plan("scalar_linear:a=0.9,b=1,horizon=30", "uniform:bins=5", 0.2);
  DeploymentRequest request;
  request.system = "scalar_linear:a=0.9,b=1,horizon=30", request.quantizer = "uniform:bins=5", request.chunk = 3;
  plan.deployment = make_deployment(request);
  const auto pairs = pairs_of(plan);
  EXPECT_FALSE(pairs.empty());
  EXPECT_TRUE(std::ranges::none_of(pairs, &SmoothPair::random));
}

}  // namespace
}  // namespace pianola
