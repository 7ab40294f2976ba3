#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "toy_learner.hpp"

namespace pianola {
namespace {

using toy_training::position_nll;
using toy_training::ToyLearner;

/// Sequences of 3, 2 and 1 of the three positions, by row.
void vary(Samples& samples) {
  for (std::size_t row = 0; row < samples.size(); ++row)
    samples.lengths.push_back(static_cast<std::uint32_t>(3 - row % 3));
}

double expected_loss(const ToyLearner& toy, const std::vector<float>& logits, std::span<const std::int64_t> rows) {
  double sum = 0.0;
  const float* place = logits.data();
  for (const std::int64_t row : rows) {
    for (std::size_t p = 0; p < 3; ++p) {
      const auto cell = static_cast<std::size_t>(row) * 3 + p;
      const std::size_t vocabulary = toy.samples.vocabularies[p];
      if (p < toy.samples.length(static_cast<std::size_t>(row))) {
        sum += position_nll(place, vocabulary, static_cast<std::size_t>(toy.samples.tokens[cell]));
      }
      place += vocabulary;
    }
  }
  return sum / static_cast<double>(rows.size());
}

TEST(TokenNetwork, PlacesBehindTheEndCountNowhere) {
  ToyLearner toy;
  vary(toy.samples);
  LearnerOptions options;
  options.policy = "transformer:width=16,layers=1,heads=2";
  Learner learner(toy.samples, options);
  const auto rows = toy.rows(30);
  const double expected = expected_loss(toy, learner.outputs(rows, Weights::raw), rows);
  const RowScores scores = learner.score(rows, Weights::raw);
  double sum = 0.0;
  for (std::size_t i = 0; i < scores.nll.size(); ++i) {
    sum += static_cast<double>(scores.nll[i]);
    const bool behind = i % 3 >= toy.samples.length(static_cast<std::size_t>(rows[i / 3]));
    if (behind) {
      EXPECT_EQ(scores.nll[i], 0.0F);
    }
  }
  EXPECT_NEAR(sum / 30.0, expected, 1e-5);
  EXPECT_NEAR(learner.step(rows, 0.01, 0.0).loss, expected, 1e-5);
}

TEST(TokenNetwork, WhatStandsBehindTheEndTeachesNothing) {
  LearnerOptions options;
  options.policy = "transformer:width=16,layers=1,heads=2";
  std::vector<std::vector<float>> trained;
  for (const std::int64_t filler : {0, 1}) {
    ToyLearner toy;
    vary(toy.samples);
    for (std::size_t row = 0; row < toy.samples.size(); ++row) {
      // The places behind the second (the third has one token only): as the second's they are nobody's input.
      if (toy.samples.lengths[row] == 1) toy.samples.tokens[row * 3 + 1] = filler;
    }
    Learner learner(toy.samples, options);
    for (int step = 0; step < 3; ++step) learner.step(toy.rows(30), 0.01, 0.0);
    trained.push_back(learner.state().parameters);
  }
  EXPECT_EQ(trained[0], trained[1]);
}

/// The gradient of a first step: the optimiser's first moment is a tenth of it.
std::vector<double> gradient_of(const ToyLearner& toy, std::span<const std::int64_t> rows) {
  LearnerOptions options;
  options.policy = "transformer:width=16,layers=2,heads=2";
  Learner learner(toy.samples, options);
  learner.step(rows, 0.0, 0.0);
  std::vector<double> gradient;
  for (const float moment : learner.state().first_moment) gradient.push_back(10.0 * static_cast<double>(moment));
  return gradient;
}

TEST(TokenNetwork, ShortBatchesLoseAndLearnWhatTheyWouldAmongLongSequences) {
  ToyLearner toy;
  vary(toy.samples);
  LearnerOptions options;
  options.policy = "transformer:width=16,layers=2,heads=2";
  for (const std::size_t longest : {1U, 2U}) {
    std::vector<std::int64_t> rows, whole;
    for (const std::int64_t row : toy.rows(30)) {
      const std::size_t length = toy.samples.length(static_cast<std::size_t>(row));
      if (length <= longest) rows.push_back(row);
      if (length == 3 && whole.empty()) whole.push_back(row);
    }
    ASSERT_GT(rows.size(), 5U);
    // Logits are of all positions, computed with what stands behind the end.
    Learner learner(toy.samples, options);
    const double expected = expected_loss(toy, learner.outputs(rows, Weights::raw), rows);
    const RowScores scores = learner.score(rows, Weights::raw);
    ASSERT_EQ(scores.nll.size(), 3 * rows.size());
    ASSERT_EQ(scores.most_likely.size(), 3 * rows.size());
    double sum = 0.0;
    for (std::size_t i = 0; i < scores.nll.size(); ++i) sum += static_cast<double>(scores.nll[i]);
    EXPECT_NEAR(sum / static_cast<double>(rows.size()), expected, 1e-5);
    EXPECT_NEAR(learner.step(rows, 0.0, 0.0).loss, expected, 1e-5);
    // A batch with a whole sequence is computed whole, and its gradient is the mean of its rows'.
    const auto n = static_cast<double>(rows.size());
    const std::vector<double> alone = gradient_of(toy, rows), of_whole = gradient_of(toy, whole);
    rows.push_back(whole[0]);
    const std::vector<double> together = gradient_of(toy, rows);
    double largest = 0.0;
    for (std::size_t i = 0; i < alone.size(); ++i) {
      EXPECT_NEAR(alone[i], ((n + 1.0) * together[i] - of_whole[i]) / n, 1e-5) << i;
      largest = std::max(largest, std::abs(alone[i]));
    }
    EXPECT_GT(largest, 1e-2);
  }
}

}  // namespace
}  // namespace pianola
