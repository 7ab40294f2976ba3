// The controller `augmented`: Algorithm 1 (docs/theory.md §7), with the exact model.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>

#include "control/toy_deployment.hpp"
#include "pianola/control/evaluate.hpp"
#include "pianola/experts/expert.hpp"
#include "pianola/policies/conditional_counts.hpp"
#include "pianola/policies/learned_model.hpp"
#include "pianola/policies/linear_law.hpp"
#include "pianola/policies/table_laws.hpp"
#include "pianola/quantizers/registry.hpp"
#include "pianola/systems/registry.hpp"

namespace pianola {
namespace {

using toys::keep;
using toys::toy_plan;
using toys::ToyDeployment;
using toys::usage_error;

Deployment trap_of(double epsilon) {
  Deployment trap;
  trap.system = make_system("trap:epsilon=" + fmt::format("{}", epsilon));
  trap.expert = make_expert("", trap.system);
  FitContext context;
  context.action_dim = context.chunk = 1;
  trap.quantizer = make_quantizer("trap:epsilon=" + fmt::format("{}", epsilon), context);
  return trap;
}

std::vector<double> gaussian_midpoints(std::size_t count) {
  std::vector<double> points(count);
  for (std::size_t i = 0; i < count; ++i) {
    points[i] = normal_quantile((static_cast<double>(i) + 0.5) / static_cast<double>(count));
  }
  return points;
}

/// Mean regret a step of a controller started from these states. The trap's expert is paid 1 a step.
double regret_per_step(const Deployment& trap, const char* controller, const std::vector<double>& start) {
  const std::size_t lanes = start.size();
  const auto plant = trap.system->simulate(lanes);
  const auto acting = make_controller(controller, trap)->make(lanes);
  toys::Moment moment(start);
  plant->reset(NoiseKey(1), moment.ids);
  plant->restore(start);
  acting->reset(NoiseKey(1), moment.ids);
  std::vector<double> actions(lanes), rewards(lanes);
  double regret = 0.0;
  for (std::uint32_t h = 0; h < trap.system->info().horizon; ++h) {
    moment.h.assign(lanes, h);
    plant->observe(moment.observations);
    acting->act(moment.at(plant.get()), actions);
    plant->step(moment.h, actions, rewards, moment.outcomes);
    for (const double reward : rewards) regret += 1.0 - reward;
  }
  return regret / static_cast<double>(lanes * trap.system->info().horizon);
}

/// The table of docs/theory.md §6, written down anew.
double trapped(double x, double e) {
  const double a = 0.2, b = 0.3, k = 2.0, d = 1.2, w = 1e-9 * e;
  if (-k * e / 2 <= x && x <= k * e / 2) return (d + 0.5) * e / b;
  if (d * e - w <= x && x <= (d + 1) * e + w) return 1.0;
  if (a * d * e + b - w <= x && x <= a * (d + 1) * e + b + w) return (d + 1) * (1 - a * a) * e / b - a;
  return std::atan(x) - e / 2;
}

struct Regrets {
  double feedback = 0.0, augmented = 0.0;
};

/// One state after the other, without any of the machinery.
Regrets by_hand(const std::vector<double>& start, double e, std::uint32_t horizon) {
  Regrets sum;
  for (const double first : start) {
    double x = first, y = first, auxiliary = first;
    for (std::uint32_t h = 0; h < horizon; ++h) {
      const double fed = trapped(x, e), imagined = trapped(auxiliary, e);
      sum.feedback += std::abs(fed - std::atan(x));
      sum.augmented += std::abs(imagined - std::atan(y));
      x = 0.2 * x + 0.3 * fed;
      y = 0.2 * y + 0.3 * imagined;
      auxiliary = 0.2 * auxiliary + 0.3 * std::atan(auxiliary);
    }
  }
  const double steps = static_cast<double>(start.size()) * horizon;
  return {sum.feedback / steps, sum.augmented / steps};
}

TEST(Augmented, EscapesTheTrapAsTheTheorySays) {
  const auto start = gaussian_midpoints(32768);  // docs/theory.md §10
  const Deployment trap = trap_of(std::exp2(-5));
  EXPECT_NEAR(regret_per_step(trap, "quantized", start), 0.604437, 1e-5);
  EXPECT_NEAR(regret_per_step(trap, "augmented", start), 0.110813, 1e-5);
}

TEST(Augmented, AgreesWithTheTrapComputedByHand) {
  const auto start = gaussian_midpoints(512);
  for (const double epsilon : {std::exp2(-5), std::exp2(-6), std::exp2(-7)}) {
    const Deployment trap = trap_of(epsilon);
    const Regrets hand = by_hand(start, epsilon, trap.system->info().horizon);
    EXPECT_NEAR(regret_per_step(trap, "quantized", start), hand.feedback, 1e-12);
    EXPECT_NEAR(regret_per_step(trap, "augmented", start), hand.augmented, 1e-12);
    EXPECT_GT(hand.feedback, 5.0 * hand.augmented);
  }
}

TEST(Augmented, SetToTheRealStateEveryStepItIsFeedback) {
  const ToyDeployment toy({.noise = 0.4}, 7);
  for (const auto& run : keep(toy_plan(toy, {"quantized", "augmented:resync_every=1"}, 10), true)) {
    EXPECT_EQ(run[0], run[1]);
  }
}

TEST(Augmented, PlaysTheTokensOfTheExpertsOwnTrajectory) {
  const ToyDeployment toy({}, 7);
  for (const auto& run : keep(toy_plan(toy, {"expert", "augmented"}, 10), true)) {
    for (std::size_t h = 0; h < 20; ++h) {
      double decoded = 0.0;
      toy.quantizer->quantize(std::span(&run[0].u[h], 1), {}, std::span(&decoded, 1));
      EXPECT_EQ(run[1].u[h], decoded) << h;
    }
  }
}

TEST(Augmented, AChunkIsPlannedFromTheAuxiliaryState) {
  const ToyDeployment toy({.a = 1.0}, 9, 4);  // quantized open loop is not the expert's state
  for (const auto& run : keep(toy_plan(toy, {"expert", "augmented", "augmented:execute=1"}, 5))) {
    for (std::size_t h = 0; h < 20; ++h) {
      double decoded[4], raw[4];
      std::ranges::fill(raw, run[0].u[h]);
      toy.quantizer->quantize(raw, {}, decoded);
      EXPECT_EQ(run[1].u[h], decoded[0]) << h;
      EXPECT_EQ(run[2].u[h], decoded[0]) << h;
    }
  }
}

TEST(Augmented, FailsOnAnUnstablePlantUnlessItIsSetAgain) {
  const ToyDeployment toy({.a = 1.05, .spread = 0.3, .gain = 0.5, .horizon = 240}, 16);
  double early = 0.0, late = 0.0, set_again = 0.0;
  for (const auto& run : keep(toy_plan(toy, {"expert", "augmented", "augmented:resync_every=10"}, 20))) {
    early += std::abs(run[1].x[100] - run[0].x[100]);
    late += std::abs(run[1].x[200] - run[0].x[200]);
    for (std::size_t h = 0; h < 240; ++h) set_again = std::max(set_again, std::abs(run[2].x[h] - run[0].x[h]));
  }
  EXPECT_NEAR(std::log(late / early), 100.0 * std::log(1.05), 0.2) << "deviations grow like 1.05^h";
  EXPECT_LT(set_again, 2.0) << "Σ 1.05^j ε over ten steps, contracted by the expert between them";
}

TEST(Augmented, AStochasticExpertKeepsItsLaw) {
  // The expert plays ±½ around −x/2; the auxiliary state follows the very token that was played.
  const ToyDeployment toy({.spread = 0.2, .horizon = 50}, 64, 1, 0.2);
  for (const auto& run : keep(toy_plan(toy, {"expert", "augmented"}, 20))) {
    for (std::size_t h = 0; h < 50; ++h) EXPECT_NEAR(run[1].x[h], run[0].x[h], 10.0 / 64.0);
  }
}

/// x' is a fair coin, r = 1 − |u − x|, u = x (docs/theory.md §7), everything known exactly.
Deployment coin() {
  Deployment coin;
  coin.system = make_system("tabular_mdp:coin,horizon=200");
  coin.expert = make_expert("", coin.system);
  FitContext context;
  context.action_dim = context.chunk = 1;
  context.range = coin.system->info().action_range;
  coin.quantizer = make_quantizer("uniform:bins=2,representatives=ends", context);
  return coin;
}

TEST(Augmented, ProcessNoiseCostsHalfOfEverything) {
  EvaluatePlan plan;
  plan.deployment = coin();
  plan.controllers = {"quantized", "augmented", "augmented:resync_every=1"};
  plan.rollouts = 500;
  const Evaluation out = evaluate(plan);
  EXPECT_EQ(out.controllers[0].regret.value, 0.0);
  EXPECT_NEAR(out.controllers[1].regret_per_step.value, 0.5, 4.0 * 0.5 / std::sqrt(500.0 * 200.0));
  EXPECT_EQ(out.controllers[2].regret.value, 0.0) << "the model is no worse than feedback where it is not used";
}

TEST(Augmented, ALearnedTableTakesTheExactModelsPlace) {
  // Chain of three: the policy 'always on' and its model, learned from counts of two demonstrations by hand.
  Deployment chain;
  chain.system = make_system("tabular_mdp:chain,states=3,horizon=6");
  chain.expert = make_expert("", chain.system);
  FitContext context;
  context.action_dim = context.chunk = 1;
  context.range = chain.system->info().action_range;
  chain.quantizer = make_quantizer("uniform:bins=2,representatives=ends", context);
  ConditionalCounts actions(3, 2), moves(6, 3);  // moves: context 2·state + token
  const std::vector<std::uint32_t> states{0, 1, 2, 2}, tokens{1, 1, 1, 1}, next{1, 2, 2, 2}, pairs{1, 3, 5, 5};
  actions.add(states, tokens);
  moves.add(pairs, next);
  chain.policy = make_table_policy({{3, false}, 2, actions.ratios()});
  chain.model = make_table_model({{3, false}, 2, moves.ratios()});
  EvaluatePlan plan;
  plan.deployment = chain;
  plan.controllers = {"feedback", "augmented"};
  plan.rollouts = 4;
  const Evaluation out = evaluate(plan);
  EXPECT_EQ(out.expert_return.value, 4.0);
  EXPECT_EQ(out.controllers[0].regret.value, 0.0);
  EXPECT_EQ(out.controllers[1].regret.value, 0.0);
}

TEST(Augmented, DeploysATrainedPolicyToo) {
  ToyDeployment toy({}, 5);
  toy.policy = std::make_shared<toys::ToyPolicy>(
      std::vector<std::uint32_t>{5}, 1, [](std::size_t, Token, std::span<const float> x, std::span<float> out) {
        std::ranges::fill(out, -100.0F);
        out[x[0] > 0.0F ? 1 : 3] = 100.0F;
      });
  const auto run = keep(toy_plan(toy, {"expert", "augmented:decode=argmax"}))[0];
  for (std::size_t h = 0; h < 20; ++h) EXPECT_EQ(run[1].u[h]<0.0, run[0].x[h]> 0.0) << "x̃ is the expert's state";
  EXPECT_EQ(make_controller("augmented:resync_every=3,decode=argmax", toy)->spec(),
            "augmented:resync_every=3,decode=argmax");
}

TEST(Augmented, TheTraceShowsTheAuxiliaryState) {
  const ToyDeployment toy({}, 5);
  const auto recipe = make_controller("augmented", toy);
  ASSERT_EQ(recipe->trace_shape().auxiliary, 1U);
  const auto controller = recipe->make(1);
  const auto plant = toy.system->simulate(1);
  toys::Moment moment({1.0});
  plant->reset(NoiseKey(1), moment.ids);
  controller->reset(NoiseKey(1), moment.ids);
  plant->observe(moment.observations);
  double expected = moment.observations[0];
  std::vector<double> action(1), rewards(1), auxiliary(1);
  std::vector<std::uint32_t> age(1);
  for (std::uint32_t h = 0; h < 5; ++h, expected = 0.9 * expected - 0.5 * expected) {
    ControlTrace trace{{}, {}, auxiliary, age};
    moment.h.assign(1, h);
    controller->act(moment.at(plant.get()), action, &trace);
    EXPECT_EQ(auxiliary[0], expected);
    plant->step(moment.h, action, rewards, moment.outcomes);
    plant->observe(moment.observations);
  }
}

/// A learned model of the toy: Δ = (a − 1)·x + u + bias, drawn with this deviation; one law for each bias.
std::shared_ptr<const TransitionModel> learned(double a, double deviation, const std::vector<double>& biases,
                                               double range = 10.0) {
  LearnedModelParts parts{"linear", 1, {}, {}, {-range}, {range}, {}};
  for (const double bias : biases) {
    parts.members.push_back(make_linear_law({2, 1, {a - 1.0, 1.0}, {bias}, {deviation}}));
  }
  return make_learned_model(std::move(parts));
}

TEST(Augmented, ALearnedModelOfTheTruthKeepsTheExpertsTokens) {
  ToyDeployment toy({}, 7);
  const auto exact = keep(toy_plan(toy, {"augmented"}, 10));
  toy.model = learned(0.9, 1e-9, {0.0});
  // The token's own action moves x̃, not the expert's raw one: the model of the truth is what the data would teach.
  const auto own = keep(toy_plan(toy, {"augmented", "augmented:next=mode", "augmented:model=exact"}, 10));
  for (std::size_t i = 0; i < own.size(); ++i) {
    EXPECT_EQ(own[i][2], exact[i][0]);
    for (std::size_t h = 0; h < 20; ++h) {
      EXPECT_NEAR(own[i][0].x[h], own[i][1].x[h], 1e-6);
      EXPECT_LE(std::abs(own[i][1].x[h]), 10.0);
    }
  }
}

TEST(Augmented, ReanchoredWhereverItDiffersItIsFeedback) {
  const ToyDeployment toy({.noise = 0.4}, 7);
  for (const auto& run : keep(toy_plan(toy, {"quantized", "augmented:resync_above=0"}, 10), true)) {
    EXPECT_EQ(run[0], run[1]);
  }
  for (const auto& run : keep(toy_plan(toy, {"augmented", "augmented:resync_above=1000"}, 10), true)) {
    EXPECT_EQ(run[0], run[1]);
  }
}

TEST(Augmented, TheRealStateStaysInTheTube) {
  constexpr double kRadius = 0.3;
  const ToyDeployment toy({.noise = 0.2, .horizon = 60}, 7);
  const auto controller = make_controller("augmented:resync_above=0.3", toy)->make(3);
  const auto plant = toy.system->simulate(3);
  toys::Moment moment({0.0, 0.0, 0.0});
  plant->reset(NoiseKey(1), moment.ids);
  controller->reset(NoiseKey(1), moment.ids);
  std::vector<double> actions(3), rewards(3), auxiliary(3);
  std::size_t apart = 0;
  for (std::uint32_t h = 0; h < 60; ++h) {
    plant->observe(moment.observations);
    ControlTrace trace{{}, {}, auxiliary, {}};
    moment.h.assign(3, h);
    controller->act(moment.at(plant.get()), actions, &trace);
    for (std::size_t lane = 0; lane < 3; ++lane) {
      const double away = std::abs(auxiliary[lane] - moment.observations[lane]);
      EXPECT_LE(away, kRadius);
      apart += away > 0.0 ? 1 : 0;
    }
    plant->step(moment.h, actions, rewards, moment.outcomes);
  }
  EXPECT_GT(apart, 60U) << "it is not set at every step";
}

TEST(Augmented, ALanesReanchoringIsItsOwn) {
  ToyDeployment toy({.noise = 0.2, .horizon = 40}, 7);
  for (const bool model : {false, true}) {
    if (model) toy.model = learned(0.9, 0.05, {0.0, 0.1});
    auto plan = toy_plan(toy, {"augmented:resync_above=0.2"}, 14);
    plan.lanes = 1;
    const auto alone = keep(plan);
    plan.lanes = 7;
    EXPECT_EQ(keep(plan), alone);
    plan.lanes = 14;
    EXPECT_EQ(keep(plan), alone);
  }
}

TEST(Augmented, ACopyGoesOnAsTheOriginal) {
  ToyDeployment toy({.noise = 0.2}, 7);
  toy.model = learned(0.9, 0.05, {0.0, 0.1});
  const auto controller = make_controller("augmented:resync_above=0.2,resync_disagreement=0.004", toy)->make(1);
  toys::Moment moment({1.0});
  controller->reset(NoiseKey(1), moment.ids);
  std::vector<double> action(1), other(1);
  std::unique_ptr<Controller> copy;
  for (std::uint32_t h = 0; h < 12; ++h) {
    moment.h.assign(1, h);
    moment.observations[0] = std::sin(h);
    controller->act(moment.at(), action);
    if (copy) {
      copy->act(moment.at(), other);
      EXPECT_EQ(action, other) << h;
    }
    if (h == 4) copy = controller->clone();
  }
}

TEST(Augmented, AnEnsembleIsReanchoredWhereItDisagrees) {
  ToyDeployment toy({.noise = 0.4}, 7);
  toy.model = learned(0.9, 0.05, {0.0, 0.4});  // apart by 0.4/√2 in a range of 20: 0.0141
  const std::vector<std::string> specs{"quantized", "augmented", "augmented:resync_disagreement=0.014",
                                       "augmented:resync_disagreement=0.015"};
  for (const auto& run : keep(toy_plan(toy, specs, 10), true)) {
    EXPECT_EQ(run[2], run[0]) << "set at every step";
    EXPECT_EQ(run[3], run[1]) << "never";
  }
}

TEST(Augmented, TellsHowOftenItWasSetAndWhereItLeftTheTrainingRange) {
  ToyDeployment toy({.start = 1.0, .spread = 0.0}, 7);
  toy.model = learned(0.9, 1e-9, {0.5}, 1.5);  // the bias carries x̃ out of [−1.5, 1.5]
  EvaluatePlan plan;
  plan.deployment = toy;
  plan.controllers = {"augmented", "augmented:resync_every=2", "augmented:resync_every=1", "quantized"};
  plan.rollouts = 6;
  const Evaluation out = evaluate(plan);
  ASSERT_TRUE(out.controllers[0].auxiliary.has_value());
  EXPECT_EQ(out.controllers[0].auxiliary->resyncs, 0U);
  EXPECT_EQ(out.controllers[0].auxiliary->steps, 120U);
  EXPECT_EQ(out.controllers[1].auxiliary->resyncs, 6U * 9U);
  EXPECT_EQ(out.controllers[2].auxiliary->resyncs, 6U * 19U);
  EXPECT_FALSE(out.controllers[3].auxiliary.has_value());
  double x = 1.0;  // x̃ by hand, until it leaves
  std::uint32_t left = 0;
  for (;; ++left) {
    double token = 0.0;
    toy.quantizer->quantize(std::vector<double>{-0.5 * x}, {}, std::span(&token, 1));
    x = 0.9 * x + token + 0.5;
    if (std::abs(x) > 1.5 || left > 100) break;
  }
  if (left < 20) {
    EXPECT_EQ(out.controllers[0].auxiliary->left, 6U);
    EXPECT_EQ(out.controllers[0].auxiliary->first_left, left);
  } else {
    EXPECT_EQ(out.controllers[0].auxiliary->left, 0U);
  }
}

TEST(Augmented, WhatTheModelCannotFollowNeverBecomesANaN) {
  ToyDeployment toy({}, 7);
  toy.model = learned(40.0, 0.0 + 1e-9, {0.0}, 2.0);  // explodes
  for (const auto& run : keep(toy_plan(toy, {"augmented"}, 5))) {
    for (const double u : run[0].u) EXPECT_TRUE(std::isfinite(u));
  }
}

TEST(Augmented, SaysWhatOfAModelDoesNotFit) {
  ToyDeployment toy({}, 5);
  const auto error = [&](const char* spec) { return usage_error([&] { make_controller(spec, toy); }); };
  EXPECT_NE(error("augmented:model=learned").find("--with-model"), std::string::npos);
  EXPECT_NE(error("augmented:next=mode").find("learned"), std::string::npos);
  EXPECT_NE(error("augmented:resync_above=-1").find("resync_above"), std::string::npos);
  EXPECT_NE(error("augmented:resync_disagreement=0.1").find("members"), std::string::npos);
  toy.model = learned(0.9, 0.1, {0.0});
  EXPECT_NE(error("augmented:resync_disagreement=0.1").find("ensemble"), std::string::npos);
  EXPECT_NE(error("augmented:next=mod").find("'mode'"), std::string::npos);
  EXPECT_NE(error("augmented:model=exac").find("'exact'"), std::string::npos);
  toy.model = make_learned_model(
      {"linear", 1, {}, {}, {-1, -1}, {1, 1}, {make_linear_law({3, 2, std::vector<double>(6), {0, 0}, {1, 0, 0, 1}})}});
  EXPECT_NE(error("augmented").find("2 observations"), std::string::npos);
  toy.expert = nullptr;
  EXPECT_NE(error("augmented:model=exact").find("--expert"), std::string::npos);
}

TEST(Augmented, SaysWhatDoesNotFit) {
  ToyDeployment toy({}, 5);
  const auto error = [&](const char* spec) { return usage_error([&] { make_controller(spec, toy); }); };
  EXPECT_NE(error("augmented:resync_every=0").find("at least 1"), std::string::npos);
  EXPECT_NE(error("augmented:resync_evry=4").find("'resync_every'"), std::string::npos)
      << error("augmented:resync_evry=4");
  EXPECT_NE(error("augmented:delay=1").find("delay"), std::string::npos);
  EXPECT_NE(error("augmented:tries=0").find("tries"), std::string::npos);
  toy.expert = nullptr;
  EXPECT_NE(error("augmented").find("--expert"), std::string::npos);
  toy.quantizer = nullptr;
  EXPECT_NE(error("augmented").find("quantizer"), std::string::npos);
}

}  // namespace
}  // namespace pianola
