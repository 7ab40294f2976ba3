// What the trunk computes is held against policies/ in test_mlp_network.cpp; here: that laws over actions share it.
#include <gtest/gtest.h>

#include "toy_learner.hpp"

namespace pianola {
namespace {

TEST(MlpTrunk, BeginsUniformWithinOneOverTheRootOfItsInputs) {
  const toy_training::ToyLearner toy("mlp:hidden=40x1");
  const TensorFile file = toy.learner.weights(Weights::raw);
  for (const auto& [name, bound] :
       {std::pair{"layers.0.weight", 1.0 / std::sqrt(3.0)}, {"layers.1.bias", 1.0 / std::sqrt(40.0)}}) {
    double largest = 0.0;
    for (const float x : file.at(name, "").floats(name)) largest = std::max(largest, std::abs(static_cast<double>(x)));
    EXPECT_LE(largest, bound) << name;
    EXPECT_GT(largest, 0.6 * bound) << name;
  }
}

TEST(MlpTrunk, IsThatOfLawsOverActionsToo) {
  const Dataset data = toy_training::categorical_data(4, 30);
  const Samples samples = make_action_samples(data, 1, {1, 0.0, NoiseKey(2)});
  LearnerOptions options;
  options.policy = "mse:hidden=40x1,activation=tanh";
  const Learner learner(samples, options);
  EXPECT_EQ(learner.policy_spec(), "mse:hidden=40x1,activation=tanh");
  EXPECT_EQ(learner.weights(Weights::raw).at("layers.1.weight", "").shape, (std::vector<std::size_t>{3, 40}));
}

}  // namespace
}  // namespace pianola
