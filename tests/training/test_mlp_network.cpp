#include <gtest/gtest.h>

#include "pianola/base/error.hpp"
#include "pianola/policies/mlp_policy.hpp"
#include "toy_learner.hpp"

namespace pianola {
namespace {

using toy_training::message_of;
using toy_training::ToyLearner;

/// Logits of the torch-free policy made from the learner's weights, for single observations.
std::vector<float> deployed_logits(const ToyLearner& toy, std::span<const std::int64_t> rows) {
  const MlpPolicy policy(mlp_weights_from_tensors(toy.learner.weights(Weights::raw), "memory"));
  std::vector<float> observations;
  for (const std::int64_t row : rows) {
    for (std::size_t d = 0; d < 3; ++d) {
      observations.push_back(static_cast<float>(toy.data.observations()[static_cast<std::size_t>(row) * 3 + d]));
    }
  }
  MlpPolicy::Scratch scratch = policy.scratch(rows.size());
  std::vector<float> out(rows.size() * 7);
  policy.logits(observations, scratch, out);
  return out;
}

TEST(MlpNetwork, InferenceWithoutLibTorchHasTheSameLogits) {
  for (const std::string spec : {"mlp:hidden=64x2", "mlp:hidden=33-17,activation=tanh",
                                 "mlp:hidden=64x2,activation=gelu", "mlp:hidden=none", "mlp:hidden=256x2"}) {
    ToyLearner toy(spec);
    for (int step = 0; step < 10; ++step) toy.learner.step(toy.rows(40), 0.01, 0.9);
    const auto rows = toy.rows(60);
    const std::vector<float> here = toy.learner.outputs(rows, Weights::raw), there = deployed_logits(toy, rows);
    ASSERT_EQ(here.size(), there.size());
    for (std::size_t i = 0; i < here.size(); ++i) EXPECT_NEAR(here[i], there[i], 1e-5) << spec << ", logit " << i;
  }
}

TEST(MlpNetwork, ItsSpecIsCanonical) {
  EXPECT_EQ(ToyLearner("mlp").learner.policy_spec(), "mlp:hidden=256x2");
  EXPECT_EQ(ToyLearner("mlp:hidden=256-256,activation=relu").learner.policy_spec(), "mlp:hidden=256x2");
  EXPECT_EQ(ToyLearner("mlp:8x1,activation=tanh").learner.policy_spec(), "mlp:hidden=8x1,activation=tanh");
}

TEST(MlpNetwork, RefusesOptionsItDoesNotKnow) {
  EXPECT_NE(message_of<UsageError>([] { ToyLearner("mlp:hiden=3"); }).find("did you mean 'hidden'"), std::string::npos);
  EXPECT_NE(message_of<UsageError>([] { ToyLearner("mlp:hidden=x"); }).find("hidden='x'"), std::string::npos);
  EXPECT_NE(message_of<UsageError>([] { ToyLearner("mlp:activation=rely"); }).find("did you mean 'relu'"),
            std::string::npos);
}

}  // namespace
}  // namespace pianola
