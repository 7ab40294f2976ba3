#include "pianola/policies/transition_data.hpp"

#include <gtest/gtest.h>

#include "pianola/base/error.hpp"
#include "policies/toys.hpp"

namespace pianola {
namespace {

DatasetInfo plain() {
  DatasetInfo info;
  info.observation_dim = info.action_dim = 1;
  return info;
}

/// Steps 0 … T − 1: observations start + h, actions given.
Trajectory counting(double start, std::vector<double> actions) {
  Trajectory t;
  t.name = "demo";
  t.steps = actions.size();
  for (std::size_t h = 0; h < t.steps; ++h) t.observations.push_back(start + static_cast<double>(h));
  t.actions = std::move(actions);
  return t;
}

TEST(TransitionData, PairsEachStepWithTheNextAndItsDecodedToken) {
  Dataset data(plain());
  data.append(counting(0.0, {-0.9, 0.1, 0.9}));
  data.append(counting(10.0, {0.4, 0.4}));
  const toys::ToyQuantizer quantizer(4);  // centres ±0.25, ±0.75
  const Transitions t = make_transitions(data, quantizer, NoiseKey(1));
  ASSERT_EQ(t.size(), 3U) << "the last row of a trajectory has no next one";
  EXPECT_EQ(t.states, (std::vector<double>{0.0, 1.0, 10.0}));
  EXPECT_EQ(t.next, (std::vector<double>{1.0, 2.0, 11.0}));
  EXPECT_EQ(t.actions, (std::vector<double>{-0.75, 0.25, 0.25}));
  EXPECT_EQ(t.tokens, (std::vector<Token>{0, 2, 2}));
  EXPECT_EQ(t.h, (std::vector<std::uint32_t>{0, 1, 0}));
  EXPECT_EQ(t.trajectory, (std::vector<std::size_t>{0, 0, 1}));
  EXPECT_EQ(make_transitions(data, quantizer, NoiseKey(1), std::vector<std::size_t>{1}).states,
            std::vector<double>{10.0});
}

TEST(TransitionData, ChunksBeginWhereADeploymentBeginsThem) {
  Dataset data(plain());
  data.append(counting(0.0, {-0.9, 0.1, 0.9, -0.1, 0.3, 0.3, 0.3}));
  const Transitions t = make_transitions(data, toys::ToyQuantizer(4, 3), NoiseKey(1));
  ASSERT_EQ(t.size(), 6U) << "two whole chunks; the seventh step has no next one either";
  EXPECT_EQ(t.counts.behind, 0U);
  EXPECT_EQ(t.actions, (std::vector<double>{-0.75, 0.25, 0.75, -0.25, 0.25, 0.25}));
  EXPECT_EQ(std::vector<Token>(t.tokens.begin() + 9, t.tokens.begin() + 12), (std::vector<Token>{1, 2, 2}));
  EXPECT_EQ(make_transitions(data, toys::ToyQuantizer(4, 4), NoiseKey(1)).counts.behind, 2U);
}

TEST(TransitionData, WhatWasExecutedOtherwiseIsNotTheExpertsNextState) {
  Dataset data(plain());
  Trajectory noisy = counting(0.0, {0.1, 0.2, 0.3, 0.4});
  noisy.executed_actions = {0.1, 0.9, 0.3, 0.4};
  data.append(noisy);
  const Transitions t = make_transitions(data, toys::ToyQuantizer(4), NoiseKey(1));
  EXPECT_EQ(t.states, (std::vector<double>{0.0, 2.0}));
  EXPECT_EQ(t.counts.perturbed, 1U);
}

TEST(TransitionData, TheRecordedNextStateServesTheLastRow) {
  Dataset data(plain());
  Trajectory whole = counting(0.0, {0.1, 0.2});
  whole.next_observations = {1.0, 7.0};
  data.append(whole);
  EXPECT_EQ(make_transitions(data, toys::ToyQuantizer(4), NoiseKey(1)).next, (std::vector<double>{1.0, 7.0}));
}

TEST(TransitionData, CountsWithoutEncoding) {
  Dataset data(plain());
  Trajectory noisy = counting(0.0, {0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7});
  noisy.executed_actions = {0.1, 0.9, 0.3, 0.9, 0.5, 0.6, 0.7};
  data.append(noisy);
  Trajectory clean = counting(5.0, {0.1, 0.2});
  clean.executed_actions = clean.actions;
  data.append(clean);
  const toys::ToyQuantizer quantizer(4, 2);
  for (const auto& which : std::vector<std::vector<std::size_t>>{{}, {0}, {1}}) {
    const TransitionCounts counts = count_transitions(data, quantizer.info(), which);
    const Transitions made = make_transitions(data, quantizer, NoiseKey(1), which);
    EXPECT_EQ(counts.kept, made.size());
    EXPECT_EQ(counts.perturbed, made.counts.perturbed);
    EXPECT_EQ(counts.behind, made.counts.behind);
  }
  EXPECT_EQ(count_transitions(data, quantizer.info()).kept, 5U) << "0, 2, 4, 5 and 0";
}

TEST(TransitionData, AnotherActionDimensionIsRefused) {
  Dataset data(plain());
  data.append(counting(0.0, {0.1, 0.2}));
  EXPECT_THROW(make_transitions(data, toys::ToyQuantizer(4, 1, 2), NoiseKey(1)), UsageError);
  EXPECT_THROW(count_transitions(data, toys::ToyQuantizer(4, 1, 2).info()), UsageError);
}

}  // namespace
}  // namespace pianola
