#include <gtest/gtest.h>

#include "pianola/base/error.hpp"
#include "toy_learner.hpp"

namespace pianola {
namespace {

using toy_training::message_of;
using toy_training::ToyLearner;

// 3 inputs → 5 hidden → 7 logits: 15 + 5 + 35 + 7 numbers, which begin at 0, 16, 32, 80 of 96.
constexpr std::size_t kStarts[] = {0, 16, 32, 80}, kCounts[] = {15, 5, 35, 7}, kSize = 96;
constexpr const char* kNames[] = {"layers.0.weight", "layers.0.bias", "layers.1.weight", "layers.1.bias"};

TEST(FlatParameters, BeginAtMultiplesOf64BytesWithinTheirBounds) {
  const ToyLearner toy("mlp:hidden=5x1");
  const std::vector<float> flat = toy.learner.state().parameters;
  ASSERT_EQ(flat.size(), kSize);
  for (std::size_t p = 0; p < 4; ++p) {
    const double bound = 1.0 / std::sqrt(p < 2 ? 3.0 : 5.0);
    double largest = 0.0;
    for (std::size_t i = kStarts[p]; i < kStarts[p] + kCounts[p]; ++i) {
      EXPECT_NE(flat[i], 0.0F);
      largest = std::max(largest, std::abs(static_cast<double>(flat[i])));
    }
    EXPECT_LE(largest, bound);
    EXPECT_GT(largest, 0.5 * bound);
  }
}

TEST(FlatParameters, GapsStayZero) {
  ToyLearner toy("mlp:hidden=5x1");
  for (int step = 0; step < 3; ++step) toy.learner.step(toy.rows(20), 0.1, 0.5);
  const LearnerState state = toy.learner.state();
  for (std::size_t i = 0; i < kSize; ++i) {
    bool inside = false;
    for (std::size_t p = 0; p < 4; ++p) inside = inside || (i >= kStarts[p] && i < kStarts[p] + kCounts[p]);
    if (inside) continue;
    EXPECT_EQ(state.parameters[i], 0.0F) << i;
    EXPECT_EQ(state.average[i], 0.0F) << i;
  }
}

TEST(FlatParameters, FilesHoldThemUnderTheirNames) {
  const ToyLearner toy("mlp:hidden=5x1");
  const std::vector<float> flat = toy.learner.state().parameters;
  const TensorFile file = toy.learner.weights(Weights::raw);
  for (std::size_t p = 0; p < 4; ++p) {
    const std::vector<float> values = file.at(kNames[p], "memory").floats(kNames[p]);
    ASSERT_EQ(values.size(), kCounts[p]);
    EXPECT_TRUE(std::equal(values.begin(), values.end(), flat.begin() + static_cast<std::ptrdiff_t>(kStarts[p])));
  }
  EXPECT_EQ(file.at("layers.0.weight", "memory").shape, (std::vector<std::size_t>{5, 3}));
}

TEST(FlatParameters, ChoosingReadsThemBack) {
  ToyLearner toy("mlp:hidden=5x1");
  const TensorFile first = toy.learner.weights(Weights::raw);
  const std::vector<float> before = toy.learner.outputs(toy.rows(5), Weights::raw);
  toy.learner.step(toy.rows(20), 0.1, 0.5);
  toy.learner.choose(first, "memory");
  EXPECT_EQ(toy.learner.outputs(toy.rows(5), Weights::chosen), before);
  EXPECT_NE(toy.learner.outputs(toy.rows(5), Weights::raw), before);
}

TEST(FlatParameters, NamesTheTensorThatDoesNotFit) {
  ToyLearner toy("mlp:hidden=5x1");
  const TensorFile other = ToyLearner("mlp:hidden=6x1").learner.weights(Weights::raw);
  EXPECT_NE(message_of<DataError>([&] { toy.learner.choose(other, "other.safetensors"); }).find("layers.0.weight"),
            std::string::npos);
  TensorFile missing = toy.learner.weights(Weights::raw);
  missing.tensors.erase("layers.1.bias");
  EXPECT_NE(message_of<DataError>([&] { toy.learner.choose(missing, "file"); }).find("layers.1.bias"),
            std::string::npos);
}

TEST(FlatParameters, FirstValuesDependOnTheKeyOnly) {
  const ToyLearner one("mlp:hidden=5x1"), two("mlp:hidden=5x1");
  EXPECT_EQ(one.learner.state().parameters, two.learner.state().parameters);
  LearnerOptions options;
  options.policy = "mlp:hidden=5x1";
  options.key = NoiseKey(10);
  EXPECT_NE(Learner(one.samples, options).state().parameters, one.learner.state().parameters);
}

}  // namespace
}  // namespace pianola
