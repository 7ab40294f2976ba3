#include <gtest/gtest.h>

#include "pianola/policies/linear_law.hpp"
#include "toy_increments.hpp"

namespace pianola {
namespace {

TEST(LinearModel, IsTheClosedFormFit) {
  const IncrementSamples samples = toy_training::forked(500);
  const TensorFile file = make_model_learner("linear")->fit(samples, {TrainConfig{}, NoiseKey(1), no_progress()});
  const LinearLawWeights direct = fit_linear_law(samples.seen, samples.increments, 1, 2);
  EXPECT_EQ(linear_law_from_tensors(file, "memory").weight, direct.weight);
  EXPECT_EQ(linear_law_from_tensors(file, "memory").factor, direct.factor);
}

TEST(LinearModel, CannotTellTwoSidesApart) {
  const auto fitted = toy_training::fit_law("linear", toy_training::forked(2000), toy_training::forked(1000, 2));
  EXPECT_LT(fitted.held_out, toy_training::forked_log_likelihood() - 2.0);
}

}  // namespace
}  // namespace pianola
