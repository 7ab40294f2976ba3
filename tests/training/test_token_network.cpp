#include <gtest/gtest.h>

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

}  // namespace
}  // namespace pianola
