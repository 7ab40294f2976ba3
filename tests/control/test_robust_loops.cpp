// Dithered and adversarial quantizers in closed loop: what docs/theory.md §6, §10 and §13 say of them.
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "control/toy_deployment.hpp"
#include "pianola/base/statistics.hpp"
#include "pianola/control/deployment.hpp"
#include "pianola/control/evaluate.hpp"

namespace pianola {
namespace {

using toys::keep;

Deployment deploy(const std::string& system, const std::string& quantizer) {
  DeploymentRequest request;
  request.system = system;
  request.quantizer = quantizer;
  return make_deployment(request);
}

// ---------------------------------------------------------------- dither

constexpr const char* kLinear = "scalar_linear:a=0.9,b=1,x0=1,horizon=30";  // no noise, x_1 = 1, nothing saturates

/// E[x_h − x_h*] with its interval, h = 0 … H − 1, at a confidence that holds for all h together.
std::vector<Estimate> mean_deviations(const std::string& quantizer, std::size_t rollouts) {
  const Deployment deployment = deploy(kLinear, quantizer);
  std::vector<RunningMean> means(30);
  for (const auto& run : keep(toys::toy_plan(deployment, {"expert", "quantized"}, rollouts))) {
    for (std::size_t h = 0; h < 30; ++h) means[h].add(run[1].x[h] - run[0].x[h]);
  }
  std::vector<Estimate> out;
  for (const RunningMean& mean : means) out.push_back(mean.estimate(1.0 - 0.001 / 30.0));
  return out;
}

void expect_no_mean_error(const std::string& quantizer) {
  double widest = 0.0;
  for (const Estimate& mean : mean_deviations(quantizer, 4000)) {
    EXPECT_LE(mean.low, 0.0) << quantizer;
    EXPECT_GE(mean.high, 0.0) << quantizer;
    widest = std::max(widest, mean.high - mean.low);
  }
  EXPECT_GT(widest, 0.0);
  EXPECT_LT(widest, 0.06) << "an interval this wide shows nothing";
}

TEST(DitheredLoop, HasNoMeanErrorOnALinearPlant) {
  expect_no_mean_error("dither:bins=8,low=-2,high=2");
  expect_no_mean_error("dither:bins=8,low=-2,high=2,subtractive=true");
}

TEST(DitheredLoop, BinsOfAnyKindHaveAMeanError) {
  for (const char* quantizer : {"uniform:bins=8,low=-2,high=2", "uniform:bins=8,low=-2,high=2,representatives=ends"}) {
    double largest = 0.0;
    for (const Estimate& mean : mean_deviations(quantizer, 2)) largest = std::max(largest, std::abs(mean.value));
    EXPECT_GT(largest, 0.1) << quantizer << ": far more than the interval above";
  }
}

TEST(DitheredLoop, SubtractingTheDitherHalvesTheVariance) {
  const auto deviation = [](const char* quantizer) {
    const Deployment deployment = deploy(kLinear, quantizer);
    double sum = 0.0;
    for (const auto& run : keep(toys::toy_plan(deployment, {"expert", "quantized"}, 4000))) {
      for (std::size_t h = 10; h < 30; ++h) sum += (run[1].x[h] - run[0].x[h]) * (run[1].x[h] - run[0].x[h]);
    }
    return sum / (4000.0 * 20.0);
  };
  // x̃ = x − x* has the variance σ²/(1 − (a − bk)²), σ² = Δ²/12 at every action.
  const double spacing = 4.0 / 7.0, gain = 0.9 - 0.5320, expected = spacing * spacing / 12.0 / (1.0 - gain * gain);
  EXPECT_NEAR(deviation("dither:bins=8,low=-2,high=2,subtractive=true"), expected, 0.03 * expected);
  EXPECT_GT(deviation("dither:bins=8,low=-2,high=2"), 1.5 * expected);  // plain: between 0 and Δ²/4, by the action
}

// ---------------------------------------------------------------- the trap

/// Mean over rollouts of (1/H)·Σ |q(π*(x_h)) − π*(x_h)| along the expert.
Estimate in_distribution_error(const Deployment& deployment, std::size_t rollouts) {
  RunningMean mean;
  for (const auto& run : keep(toys::toy_plan(deployment, {"expert"}, rollouts))) {
    const std::vector<double>& u = run[0].u;
    std::vector<double> q(u.size());
    deployment.quantizer->quantize(u, {}, q);
    double sum = 0.0;
    for (std::size_t h = 0; h < u.size(); ++h) sum += std::abs(q[h] - u[h]);
    mean.add(sum / static_cast<double>(u.size()));
  }
  return mean.estimate(0.999);
}

TEST(TrappedLoop, CostsWhatTheTheorySays) {
  const double reference[3][3] = {
      {0x1p-5, 0.604437, 0.176672}, {0x1p-6, 0.673435, 0.088524}, {0x1p-7, 0.708179, 0.044382}};
  for (const auto& [epsilon, regret, error] : reference) {
    const std::string spec = "trap:epsilon=" + std::to_string(epsilon);
    EvaluatePlan plan;
    plan.deployment = deploy(spec, spec);
    plan.controllers = {"quantized"};
    plan.key = NoiseKey(2);
    plan.rollouts = 400;
    const Estimate cost = evaluate(plan).controllers.at(0).regret_per_step;
    EXPECT_NEAR(cost.value, regret, 2.0 * (cost.high - cost.low)) << epsilon;
    EXPECT_LT(cost.high - cost.low, 0.005) << "the interval must be narrow to show anything";
    const Estimate offline = in_distribution_error(plan.deployment, 200);
    EXPECT_NEAR(offline.value, error, offline.high - offline.low) << epsilon;
    EXPECT_LT(offline.high - offline.low, 0.01);
  }
}

// Control: of the same size in distribution, and harmless.
TEST(TrappedLoop, BinsWithTheSameErrorCostAHundredthOfIt) {
  const std::string system = "trap:epsilon=0.0078125";
  EvaluatePlan plan;
  plan.deployment = deploy(system, "uniform:bins=40");
  plan.controllers = {"quantized"};
  plan.key = NoiseKey(2);
  plan.rollouts = 100;
  EXPECT_GT(in_distribution_error(plan.deployment, 50).value, 0.03);  // an edge at 0
  EXPECT_LT(evaluate(plan).controllers.at(0).regret_per_step.high, 0.05);
}

}  // namespace
}  // namespace pianola
