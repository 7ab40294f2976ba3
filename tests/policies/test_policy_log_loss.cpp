#include "pianola/policies/policy_log_loss.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "pianola/base/error.hpp"
#include "policies/toys.hpp"

namespace pianola {
namespace {

using toys::ToyPolicy;
using toys::ToyQuantizer;

Dataset dataset_of(std::vector<std::vector<double>> trajectories) {
  DatasetInfo info;
  info.observation_dim = info.action_dim = 1;
  info.observation_fields = {{"x", 0, 1}};
  Dataset dataset(info);
  for (const auto& numbers : trajectories) {
    Trajectory trajectory;
    trajectory.steps = numbers.size();
    trajectory.observations = numbers;
    trajectory.actions = numbers;
    dataset.append(trajectory);
  }
  return dataset;
}

/// Tokens 0 and 1 have log-probabilities that depend on the oldest observation of the history.
ToyPolicy policy_of(std::size_t positions, std::size_t history) {
  return {std::vector<std::uint32_t>(positions, 2), history,
          [](std::size_t position, Token previous, std::span<const float> x, std::span<float> out) {
            out[0] = x[0];
            out[1] = position > 0 && previous == 1 ? 1.0F : 0.0F;
          }};
}

double term(double zero, double one, bool second) {
  return std::log(std::exp(zero) + std::exp(one)) - (second ? one : zero);
}

TEST(PolicyLogLoss, IsTheMeanOverStepsWithAWholeChunk) {
  // Actions −1 and 1 are tokens 0 and 1; the observation is the action.
  const Dataset data = dataset_of({{-1.0, 1.0, 1.0}, {1.0, -1.0}, {1.0}});
  const auto loss = policy_log_loss(policy_of(2, 1), ToyQuantizer(2, 2), data, NoiseKey(1));
  EXPECT_EQ(loss.chunks, 3U);
  const double expected = term(-1, 0, false) + term(-1, 0, true) + term(1, 0, true) + term(1, 1, true) +
                          term(1, 0, true) + term(1, 1, false);
  EXPECT_NEAR(loss.nats_per_action, expected / 6.0, 1e-6);
}

TEST(PolicyLogLoss, TheFirstObservationRepeatsBeforeTheStart) {
  const Dataset data = dataset_of({{-1.0, 1.0, 1.0}});
  const auto loss = policy_log_loss(policy_of(1, 2), ToyQuantizer(2), data, NoiseKey(1));
  const double expected = term(-1, 0, false) + term(-1, 0, true) + term(1, 0, true);
  EXPECT_NEAR(loss.nats_per_action, expected / 3.0, 1e-6);
}

TEST(PolicyLogLoss, OfAContextOfTokensNoneIsBeforeTheStart) {
  const ToyPolicy policy(
      {2}, 2,
      [](std::size_t, Token, std::span<const float> x, std::span<float> out) {
        out[0] = x[0];
        out[1] = 0.0F;
      },
      true);
  const Dataset data = dataset_of({{0.0, 1.0, 1.0}});  // tokens 1, 1, 1 of the toy's bins
  const auto loss = policy_log_loss(policy, ToyQuantizer(2), data, NoiseKey(1));
  EXPECT_NEAR(loss.nats_per_action, (term(-1, 0, true) + term(0, 0, true) + term(1, 0, true)) / 3.0, 1e-6);
}

TEST(PolicyLogLoss, ManyStepsGoInBatchesAndOfFewAsManyAsAsked) {
  std::vector<double> long_one;
  for (int i = 0; i < 150; ++i) long_one.push_back(i % 3 == 0 ? 1.0 : -1.0);
  const Dataset data = dataset_of({long_one});
  double sum = 0.0;
  for (const double x : long_one) sum += term(x, 0, x > 0);
  EXPECT_NEAR(policy_log_loss(policy_of(1, 1), ToyQuantizer(2), data, NoiseKey(1)).nats_per_action, sum / 150.0, 1e-6);
  EXPECT_EQ(policy_log_loss(policy_of(1, 1), ToyQuantizer(2), data, NoiseKey(1), 50).chunks, 50U);
}

TEST(PolicyLogLoss, FewChunksAreNoSingleStepOfTrajectoriesOfOneLength) {
  // 50 trajectories of 8 steps, all of token 1. The first step costs log(1 + e³), the other seven log 2: of 50 chunks
  // one in eight is a first step, with a deviation of 0.044 over draws; every eighth chunk would be first steps alone.
  std::vector<double> one(8, 0.0);
  one[0] = 3.0;
  const Dataset data = dataset_of(std::vector<std::vector<double>>(50, one));
  const double first = term(3, 0, true), other = term(0, 0, true);
  const auto loss_of = [&](std::uint64_t seed) {
    return policy_log_loss(policy_of(1, 1), ToyQuantizer(2), data, NoiseKey(seed), 50).nats_per_action;
  };
  EXPECT_EQ(loss_of(1), loss_of(1));
  double mean = 0.0;
  for (std::uint64_t seed = 0; seed < 40; ++seed) mean += loss_of(seed) / 40.0;
  EXPECT_NEAR(mean, (first + 7.0 * other) / 8.0, 0.1);
}

TEST(PolicyLogLoss, RefusesWhatDoesNotFit) {
  const Dataset data = dataset_of({{1.0}});
  EXPECT_THROW(policy_log_loss(policy_of(2, 1), ToyQuantizer(2, 2), data, NoiseKey(1)), DataError);
  EXPECT_THROW(policy_log_loss(policy_of(1, 1), ToyQuantizer(3), data, NoiseKey(1)), UsageError);
  EXPECT_THROW(policy_log_loss(policy_of(2, 1), ToyQuantizer(2, 1, 2), data, NoiseKey(1)), UsageError);
}

}  // namespace
}  // namespace pianola
