#include <gtest/gtest.h>

#include "toy_learner.hpp"

namespace pianola {
namespace {

using toy_training::reference_nll;
using toy_training::ToyLearner;

TEST(LogLoss, IsTheSumOverPositionsOfDifferentVocabularies) {
  ToyLearner toy;
  ASSERT_EQ(toy.samples.vocabularies, (std::vector<std::uint32_t>{4, 2, 1}));
  const double expected = reference_nll(toy, toy.rows(20), Weights::raw);
  EXPECT_GT(expected, 1.0);
  EXPECT_NEAR(toy.learner.step(toy.rows(20), 0.0, 0.0).loss, expected, 1e-6);
}

TEST(LogLoss, OfRowsAndPositionsIsWhatTheSumIsMadeOf) {
  const ToyLearner toy;
  const RowScores scores = toy.learner.score(toy.rows(20), Weights::raw);
  ASSERT_EQ(scores.nll.size(), 60U);
  double sum = 0.0;
  for (std::size_t i = 0; i < 60; ++i) {
    if (i % 3 == 2) {
      EXPECT_EQ(scores.nll[i], 0.0F);  // a vocabulary of one token costs nothing
    }
    sum += static_cast<double>(scores.nll[i]);
  }
  EXPECT_NEAR(sum / 20.0, reference_nll(toy, toy.rows(20), Weights::raw), 1e-6);
}

TEST(LogLoss, MostLikelyTokensAreTheLargestLogits) {
  const ToyLearner toy;
  const auto rows = toy.rows(10);
  const RowScores scores = toy.learner.score(rows, Weights::raw);
  const std::vector<float> logits = toy.learner.outputs(rows, Weights::raw);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const float* row = &logits[i * 7];
    EXPECT_EQ(scores.most_likely[i * 3], std::max_element(row, row + 4) - row);
    EXPECT_EQ(scores.most_likely[i * 3 + 1], std::max_element(row + 4, row + 6) - (row + 4));
    EXPECT_EQ(scores.most_likely[i * 3 + 2], 0U);
  }
}

/// The analytic gradient is (1 − β₁)⁻¹ times the first moment after one step: compared with central differences.
TEST(LogLoss, ItsGradientIsThatOfFiniteDifferences) {
  ToyLearner toy("mlp:hidden=8x1,activation=tanh");
  const auto rows = toy.rows(40);
  const LearnerState start = toy.learner.state();
  toy.learner.step(rows, 1e-3, 0.0);
  const std::vector<float> moment = toy.learner.state().first_moment;
  for (std::size_t i = 0; i < start.parameters.size(); i += 5) {
    constexpr float kStep = 0.01F;
    double ends[2];
    for (int side = 0; side < 2; ++side) {
      LearnerState moved = start;
      moved.parameters[i] += side == 0 ? kStep : -kStep;
      toy.learner.restore(moved);
      ends[side] = reference_nll(toy, rows, Weights::raw);
    }
    const double expected = (ends[0] - ends[1]) / (2.0 * static_cast<double>(kStep));
    const double gradient = static_cast<double>(moment[i]) / 0.1;
    EXPECT_NEAR(gradient, expected, 1e-4 + 2e-3 * std::abs(expected)) << "parameter " << i;
  }
}

}  // namespace
}  // namespace pianola
