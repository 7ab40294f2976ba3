// Algorithm 1 on a robot: the runtime's model and policy against the controller `augmented`, one after the other on the
// same observations.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "control/toy_deployment.hpp"
#include "pianola/policies/linear_law.hpp"
#include "pianola/policies/mlp_policy.hpp"
#include "pianola/policies/model_image.hpp"
#include "pianola/policies/model_runtime.hpp"
#include "pianola/policies/runtime_image.hpp"

namespace pianola {
namespace {

using toys::keep;
using toys::toy_plan;
using toys::ToyDeployment;

/// The level nearest to −x/2 is the most likely one: logit_k = −x·ℓ_k − ℓ_k².
MlpWeights halving_policy(std::span<const float> levels) {
  MlpWeights weights;
  weights.history = 1;
  weights.normalisation = {{0.0F}, {1.0F}};
  weights.vocabularies = {static_cast<std::uint32_t>(levels.size())};
  DenseLayer layer{1, levels.size(), {}, {}};
  for (const float level : levels) {
    layer.weights.push_back(-level);
    layer.bias.push_back(-level * level);
  }
  weights.layers = {layer};
  return weights;
}

/// Three members, Δ = s·x + u for s = 0.05, 0.15, 0.25: they are apart by 0.1·|x̃| in a range of 20. Their mean grows
/// until the policy's level is no more 0, so that x̃ comes back to where they disagree.
ModelContents three_slopes() {
  ModelContents contents;
  contents.parts = {"linear:members=3", 1, {}, {}, {-10.0}, {10.0}, {}};
  for (const double slope : {0.05, 0.15, 0.25}) {
    contents.members.push_back(to_tensors(LinearLawWeights{2, 1, {slope, 1.0}, {0.0}, {0.05}}));
  }
  return contents;
}

struct Robot {
  Robot(const MlpWeights& weights, const Quantizer& quantizer, const ModelContents& contents)
      : policy_image(make_runtime_image(weights, quantizer)),
        model_image(make_model_image(contents, policy_image, "memory")),
        policy_memory(Runtime::required_bytes(policy_image)),
        model_memory(ModelRuntime::required_bytes(model_image)) {
    EXPECT_EQ(Runtime::bind(policy_image, policy_memory, policy), Status::ok);
    EXPECT_EQ(policy.configure(RuntimeDecode::argmax, 1.0F, OnError::hold), Status::ok);
    EXPECT_EQ(ModelRuntime::bind(model_image, model_memory, model), Status::ok);
    EXPECT_TRUE(model.belongs_to(policy_image));
    EXPECT_EQ(model.members(), 3U);
  }

  /// What is played where these are observed. is_due(observation) says when to re-anchor after the first step.
  template <class IsDue>
  std::vector<double> play(const std::vector<double>& observations, const IsDue& is_due) {
    std::vector<double> played;
    std::vector<float> action(1);
    for (const double x : observations) {
      const std::vector<float> seen{static_cast<float>(x)};
      const bool due = !played.empty() && is_due(seen);
      anchored += due ? 1 : 0;
      if (played.empty() || due) {
        EXPECT_EQ(model.start(seen), Status::ok);
      }
      EXPECT_EQ(policy.act(model.state(), 0, action), Status::ok);
      EXPECT_EQ(model.step(action), Status::ok);
      played.push_back(static_cast<double>(action[0]));
    }
    return played;
  }

  AlignedBytes policy_image, model_image, policy_memory, model_memory;
  Runtime policy;
  ModelRuntime model;
  std::size_t anchored = 0;
};

struct Halving : ToyDeployment {
  Halving() : ToyDeployment({.noise = 0.4, .horizon = 40}, 7), weights(halving_policy(quantizer->levels(0))) {
    policy = std::make_shared<MlpPolicy>(weights);
    model = make_model(three_slopes(), "memory");
  }
  MlpWeights weights;
};

/// Re-anchored neither always nor never, and with more than one action.
void expect_informative(const Robot& robot, const std::vector<double>& played, std::size_t steps) {
  EXPECT_GT(robot.anchored, steps / 20);
  EXPECT_LT(robot.anchored, steps * 19 / 20);
  EXPECT_GT(*std::ranges::max_element(played), *std::ranges::min_element(played));
}

/// The robot, re-anchored where `is_due` says, plays what this controller plays in simulation.
template <class IsDue>
void expect_the_simulations(Robot& robot, const Halving& toy, const std::string& controller, IsDue is_due) {
  std::vector<double> all;
  for (const auto& run : keep(toy_plan(toy, {controller}, 10))) {
    const std::vector<double> played = robot.play(run[0].x, is_due);
    EXPECT_EQ(played, run[0].u);
    all.insert(all.end(), played.begin(), played.end());
  }
  expect_informative(robot, all, 400);
}

TEST(AugmentedRuntime, AnEnsembleIsReanchoredWhereTheSimulationsIs) {
  const Halving toy;
  constexpr double kRadius = 0.001;  // exceeded where |x̃| > 0.2
  Robot robot(toy.weights, *toy.quantizer, three_slopes());
  const auto is_due = [&](std::span<const float>) { return robot.model.disagreement() > kRadius; };
  expect_the_simulations(robot, toy, "augmented:resync_disagreement=0.001,next=mode,decode=argmax", is_due);
}

TEST(AugmentedRuntime, ATubeIsLeftWhereTheSimulationLeavesIt) {
  const Halving toy;
  Robot robot(toy.weights, *toy.quantizer, three_slopes());
  const auto is_due = [&](std::span<const float> seen) { return robot.model.distance(seen) > 0.5; };
  expect_the_simulations(robot, toy, "augmented:resync_above=0.5,next=mode,decode=argmax", is_due);
}

}  // namespace
}  // namespace pianola
