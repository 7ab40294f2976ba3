#include "pianola/control/evaluate.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>

#include "control/toy_deployment.hpp"
#include "pianola/quantizers/registry.hpp"
#include "pianola/systems/registry.hpp"

namespace pianola {
namespace {

using toys::Threads;
using toys::ToyDeployment;

EvaluatePlan plan_of(const Deployment& deployment, std::vector<std::string> controllers, std::size_t rollouts) {
  EvaluatePlan plan;
  plan.deployment = deployment;
  plan.controllers = std::move(controllers);
  plan.key = NoiseKey(3);
  plan.rollouts = rollouts;
  return plan;
}

TEST(Evaluate, TheExpertsRegretAgainstItselfIsExactlyZero) {
  const ToyDeployment toy({.noise = 1.0, .gain = 0.3}, 0, 1, 0.2);
  const auto result = evaluate(plan_of(toy, {"expert"}, 33)).controllers.at(0);
  EXPECT_EQ(result.regret.value, 0.0);
  EXPECT_EQ(result.regret.low, 0.0);
  EXPECT_EQ(result.regret.high, 0.0);
  EXPECT_EQ(result.regret.n, 33U);
  EXPECT_EQ(result.action_error.value, 0.0);
  for (const double deviation : result.state_deviation_by_step) EXPECT_EQ(deviation, 0.0);
}

TEST(Evaluate, ReturnsAndRegretsAreTheClosedForms) {
  // x = 1 stays (a = 1, b = 0), the expert plays −¾ and earns 1; bins {−½, ½} play −½ and earn ¾.
  const ToyDeployment toy({.a = 1.0, .b = 0.0, .start = 1.0, .spread = 0.0, .gain = 0.75, .horizon = 8}, 2);
  const auto evaluation = evaluate(plan_of(toy, {"quantized"}, 5));
  const auto& result = evaluation.controllers.at(0);
  EXPECT_EQ(evaluation.horizon, 8U);
  EXPECT_EQ(evaluation.rollouts, 5U);
  EXPECT_TRUE(evaluation.has_expert);
  EXPECT_EQ(evaluation.expert_return.value, 8.0);
  EXPECT_EQ(result.total_return.value, 6.0);
  EXPECT_EQ(result.regret.value, 2.0);
  EXPECT_EQ(result.regret.n, 5U);
  EXPECT_EQ(result.regret_per_step.value, 0.25);
  EXPECT_EQ(result.action_error.value, 0.25);
  EXPECT_EQ(result.state_deviation_by_step, std::vector<double>(8, 0.0));
  EXPECT_EQ(result.terminated_fraction, 0.0);
}

TEST(Evaluate, PairingRemovesTheNoiseThatControllersShare) {
  ToyDeployment toy({.noise = 0.5, .spread = 0.3, .gain = 0.9}, 64);
  toy.expert = std::make_shared<toys::ToyExpert>(0.5);  // earns 1 − 0.4·|x|: its return varies with the noise
  const auto plan = plan_of(toy, {"quantized"}, 200);
  const auto evaluation = evaluate(plan);
  const Estimate& regret = evaluation.controllers.at(0).regret;

  auto recorded = toys::toy_plan(toy, {"expert", "quantized"}, 200);
  recorded.key = plan.key;
  std::vector<double> returns[2];
  for (const auto& lane : toys::keep(recorded)) {
    for (const std::size_t c : {0, 1}) {
      returns[c].push_back(std::accumulate(lane[c].reward.begin(), lane[c].reward.end(), 0.0));
    }
  }
  const Estimate paired = paired_difference(returns[0], returns[1]);
  EXPECT_NEAR(regret.value, paired.value, 1e-12);
  EXPECT_NEAR(regret.low, paired.low, 1e-12);
  EXPECT_NEAR(regret.high, paired.high, 1e-12);

  const auto half = [](const Estimate& estimate) { return (estimate.high - estimate.low) / 2.0; };
  const double unpaired = std::hypot(half(evaluation.expert_return), half(evaluation.controllers[0].total_return));
  EXPECT_GT(half(evaluation.expert_return), 0.05) << "it varies";
  EXPECT_LT(half(regret), 0.1 * unpaired);
}

TEST(Evaluate, BitsDependNeitherOnLanesNorOnThreads) {
  const ToyDeployment toy({.noise = 0.3, .fall = 1.5}, 5, 3);
  auto plan = plan_of(toy, {"quantized", "feedback:execute=2"}, 150);
  std::vector<std::string> results;
  for (const int threads : {1, 2}) {
    const Threads scope(threads);
    for (const std::size_t lanes : {0, 1, 7, 64}) {
      plan.lanes = lanes;
      auto evaluation = evaluate(plan);
      evaluation.steps_per_second = 0.0;
      results.push_back(to_json(evaluation).dump());
      EXPECT_EQ(results.back(), results.front()) << lanes << " lanes, " << threads << " threads";
    }
  }
}

TEST(Evaluate, ADivergedRolloutKeepsTheReturnItHad) {
  const ToyDeployment toy({.a = 10.0, .b = 1.0, .start = 1.0, .spread = 0.0, .gain = 9.5}, 2);  // actions clip to ±½
  const auto result = evaluate(plan_of(toy, {"quantized"}, 3)).controllers.at(0);
  EXPECT_EQ(result.diverged_fraction, 1.0);
  EXPECT_EQ(result.terminated_fraction, 0.0);
  EXPECT_TRUE(std::isfinite(result.total_return.value));
  EXPECT_TRUE(std::isfinite(result.regret.value));
  EXPECT_GT(result.regret.value, 0.0);
}

TEST(Evaluate, WhatBecameOfTheExpertIsKeptToo) {
  const ToyDeployment falls({.noise = 0.5, .fall = 1.2, .horizon = 40}, 64);
  const auto evaluation = evaluate(plan_of(falls, {"expert"}, 60));
  EXPECT_GT(evaluation.expert_terminated_fraction, 0.0);
  EXPECT_LT(evaluation.expert_terminated_fraction, 1.0);
  EXPECT_EQ(evaluation.expert_terminated_fraction, evaluation.controllers[0].terminated_fraction);
  EXPECT_EQ(to_json(evaluation)["expert_terminated_fraction"], evaluation.expert_terminated_fraction);
  const ToyDeployment blind({}, 0, 1, 0.0, 0.0);
  EXPECT_EQ(evaluate(plan_of(blind, {}, 3)).expert_diverged_fraction, 1.0);
}

TEST(Evaluate, WhereNoActionIsFiniteThereIsNoActionError) {
  const ToyDeployment blind({}, 0, 1, 0.0, 0.0);
  const auto evaluation = evaluate(plan_of(blind, {"expert"}, 3));
  EXPECT_EQ(evaluation.controllers[0].action_error.n, 0U);
  EXPECT_TRUE(to_json(evaluation)["controllers"][0]["action_error"].is_null());
}

TEST(Evaluate, CountsStepsOfRunningLanes) {
  const ToyDeployment toy({});
  EXPECT_GT(evaluate(plan_of(toy, {"expert"}, 10)).steps_per_second, 0.0);
}

TEST(Evaluate, JsonHasTheFieldsThatScriptsDependOn) {
  const ToyDeployment toy({.horizon = 3}, 4);
  const auto json = to_json(evaluate(plan_of(toy, {"expert", "quantized"}, 2)));
  std::vector<std::string> keys, controller_keys;
  for (const auto& [key, value] : json.items()) keys.push_back(key);
  for (const auto& [key, value] : json["controllers"][1].items()) controller_keys.push_back(key);
  EXPECT_EQ(keys,
            (std::vector<std::string>{"system", "horizon", "rollouts", "expert_return", "expert_terminated_fraction",
                                      "expert_diverged_fraction", "controllers", "steps_per_second"}));
  EXPECT_EQ(controller_keys, (std::vector<std::string>{"name", "quantizer", "return", "regret", "regret_per_step",
                                                       "state_deviation_by_step", "action_error", "terminated_fraction",
                                                       "diverged_fraction", "auxiliary"}));
  EXPECT_EQ(json["system"], "toy");
  EXPECT_EQ(json["controllers"][0]["name"], "expert");
  EXPECT_TRUE(json["controllers"][0]["quantizer"].is_null());
  EXPECT_EQ(json["controllers"][1]["quantizer"], "toy_bins:bins=4");
  EXPECT_EQ(json["controllers"][1]["state_deviation_by_step"].size(), 3U);
  EXPECT_EQ(json["expert_return"]["n"], 2);
}

TEST(Evaluate, WithoutAnExpertRegretsAreNull) {
  ToyDeployment toy({.horizon = 3}, 2);
  toy.expert = nullptr;
  toy.policy = std::make_shared<toys::ToyPolicy>(
      std::vector<std::uint32_t>{2}, 1,
      [](std::size_t, Token, std::span<const float>, std::span<float> out) { out[0] = out[1] = 0.0F; });
  const auto json = to_json(evaluate(plan_of(toy, {"feedback"}, 2)));
  for (const char* field : {"expert_return", "expert_terminated_fraction", "expert_diverged_fraction"}) {
    EXPECT_TRUE(json[field].is_null()) << field;
  }
  const auto& controller = json["controllers"][0];
  for (const char* field : {"regret", "regret_per_step", "state_deviation_by_step", "action_error"}) {
    EXPECT_TRUE(controller[field].is_null()) << field;
  }
  EXPECT_EQ(controller["return"]["n"], 2);
}

TEST(Evaluate, OnTheLinearSystemTheDeviationStaysWithinTheTheory) {
  // P-EIISS of x' = a·x + b·u with both inputs in open loop is too pessimistic for q#π* of a linear expert: in feedback
  // the deviation obeys d' = (a − bK)·d + b·e, |e| ≤ ε, whatever the noise.
  Deployment deployment;
  deployment.system = make_system("scalar_linear:a=0.9,b=1,noise=0.05");
  deployment.expert = make_expert("", deployment.system);
  FitContext fit;
  fit.action_dim = 1;
  deployment.quantizer = make_quantizer("uniform:bins=64,low=-4,high=4", fit);
  auto plan = plan_of(deployment, {"quantized", "feedback"}, 200);
  plan.horizon = 40;
  const auto evaluation = evaluate(plan);
  std::vector<double> action(1);
  deployment.expert->act(NoiseKey(), toys::Moment({1.0}).at(), action);
  const double gain = -action[0], epsilon = deployment.quantizer->info().epsilon_sup;
  EXPECT_NEAR(epsilon, 1.0 / 16.0, 1e-6);
  double bound = 0.0;
  for (std::size_t h = 0; h < 40; ++h) {
    EXPECT_LE(evaluation.controllers[0].state_deviation_by_step[h], bound + 1e-6) << h;
    bound = std::abs(0.9 - gain) * bound + epsilon;
  }
  const auto& quantized = evaluation.controllers[0];
  EXPECT_GT(quantized.state_deviation_by_step[39], 0.0);
  EXPECT_LE(quantized.action_error.value, epsilon + 1e-6);
  EXPECT_GT(quantized.regret.value, 0.0) << "the system's reward is largest on the expert's own actions";
  EXPECT_NEAR(evaluation.controllers[1].total_return.value, quantized.total_return.value, 1e-3);
}

TEST(Evaluate, SaysWhatIsMissing) {
  const ToyDeployment toy({});
  EXPECT_NE(toys::usage_error([&] { evaluate(plan_of(toy, {"expert"}, 0)); }).find("--rollouts"), std::string::npos);
  EXPECT_NE(toys::usage_error([&] { evaluate(plan_of({}, {"expert"}, 1)); }).find("--system"), std::string::npos);
}

}  // namespace
}  // namespace pianola
