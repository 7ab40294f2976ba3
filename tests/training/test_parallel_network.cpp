#include <gtest/gtest.h>

#include "pianola/base/error.hpp"
#include "reference_transformer.hpp"
#include "toy_learner.hpp"

namespace pianola {
namespace {

using toy_training::reference_logits;
using toy_training::ToyLearner;

constexpr const char* kSmall = "parallel:width=16,layers=2,heads=4";

TEST(ParallelNetwork, FollowsItsFormulasWhateverTheTokens) {
  ToyLearner toy(kSmall);
  for (int step = 0; step < 20; ++step) toy.learner.step(toy.rows(40), 0.01, 0.9);
  const TransformerWeights weights = transformer_weights_from_tensors(toy.learner.weights(Weights::raw), "memory");
  ASSERT_TRUE(weights.parallel);
  const auto row = toy.rows(1);
  const auto values = std::span(toy.samples.inputs).subspan(static_cast<std::size_t>(row[0]) * 3, 3);
  const std::vector<double> expected = reference_logits(weights, {values.begin(), values.end()}, {});
  const std::vector<float> got = toy.learner.outputs(row, Weights::raw);
  ASSERT_EQ(got.size(), expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) EXPECT_NEAR(got[i], expected[i], 1e-4);
  toy.samples.tokens[static_cast<std::size_t>(row[0]) * 3] ^= 1;
  EXPECT_EQ(toy.learner.outputs(row, Weights::raw), got);
}

TEST(ParallelNetwork, RefusesSequencesOfVaryingLength) {
  ToyLearner toy("mlp:hidden=8x1");
  toy.samples.lengths.assign(toy.samples.size(), 2);
  for (const std::string policy : {"parallel", "mlp"}) {
    LearnerOptions options;
    options.policy = policy;
    EXPECT_NE(toy_training::message_of<UsageError>([&] { Learner(toy.samples, options); }).find("--policy transformer"),
              std::string::npos);
  }
}

TEST(ParallelNetwork, ItsSpecIsCanonical) {
  EXPECT_EQ(ToyLearner(kSmall).learner.policy_spec(), "parallel:preset=tiny,width=16,layers=2");
}

}  // namespace
}  // namespace pianola
