#include "pianola/training/model_learner.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "pianola/base/error.hpp"
#include "pianola/policies/mixture_deviation.hpp"
#include "toy_increments.hpp"

namespace pianola {
namespace {

TEST(ModelLearner, SamplesAreNormalisedAndWhatNeverMovesIsZero) {
  IncrementSamples from{2, 1, {1.0, 5.0, 3.0, 5.0}, {2.0, 4.0}};
  const Samples samples = network_samples(from);
  EXPECT_EQ(samples.size(), 2U);
  EXPECT_EQ(samples.train.size(), 2U);
  EXPECT_NEAR(samples.inputs[0], -samples.inputs[2], 1e-6);
  EXPECT_EQ(samples.inputs[1], 0.0F);
  EXPECT_EQ(samples.inputs[3], 0.0F);
  EXPECT_EQ(samples.action_scale.mean[0], 3.0F);
  EXPECT_EQ(samples.chunks, (std::vector<float>{2.0F, 4.0F}));
}

TEST(ModelLearner, IncrementsThatDoNotVaryAreKnownToAMillionth) {
  const Samples samples = network_samples({1, 3, {1.0, 2.0, 3.0}, {0.02, 0.0, -5.0, 0.02, 0.0, -5.0, 0.02, 0.0, -5.0}});
  const auto smallest = [&](std::size_t d) { return kSmallestDeviation / samples.action_scale.inverse_std[d]; };
  EXPECT_NEAR(smallest(0), 2e-8F, 1e-12F);
  EXPECT_NEAR(smallest(1), 1e-6F, 1e-10F);
  EXPECT_NEAR(smallest(2), 5e-6F, 1e-10F);
}

TEST(ModelLearner, TrainingIsAFunctionOfTheKey) {
  const IncrementSamples samples = toy_training::forked(200);
  TrainConfig recipe;
  recipe.steps = 20;
  recipe.batch = 32;
  const auto weights = [&](std::uint64_t key, int steps) {
    return fit_network(network_samples(samples), "gaussian:hidden=8x1", steps, {recipe, NoiseKey(key), no_progress()})
        .at("layers.0.weight", "memory")
        .floats("layers.0.weight");
  };
  EXPECT_EQ(weights(1, 0), weights(1, 20)) << "0: the recipe's own";
  EXPECT_NE(weights(1, 0), weights(2, 0));
  EXPECT_NE(weights(1, 0), weights(1, 30));
}

TEST(ModelLearner, ANetworkThatDivergesSaysWhere) {
  TrainConfig recipe;
  recipe.steps = 200;
  recipe.batch = 32;
  recipe.learning_rate = 1e30;
  recipe.gradient_clip = 0.0;
  EXPECT_THROW(fit_network(network_samples(toy_training::forked(200)), "mixture:components=2,hidden=8x1", 0,
                           {recipe, NoiseKey(1), no_progress()}),
               DataError);
}

}  // namespace
}  // namespace pianola
