#include "pianola/training/samples.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "pianola/base/error.hpp"
#include "toy_training.hpp"

namespace pianola {
namespace {

using toy_training::categorical_data;
using toy_training::fitted;
using toy_training::message_of;

/// Trajectories of these lengths; observation (i, h), action h of trajectory i is 10·i + h, one dimension.
Dataset counted(const std::vector<std::size_t>& lengths) {
  DatasetInfo info;
  info.path = "counted";
  info.observation_dim = 2;
  info.action_dim = 1;
  Dataset data(info);
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    Trajectory t;
    t.name = "demo_" + std::to_string(i);
    t.steps = lengths[i];
    for (std::size_t h = 0; h < lengths[i]; ++h) {
      t.observations.insert(t.observations.end(), {static_cast<double>(i), static_cast<double>(h)});
      t.actions.push_back(static_cast<double>(10 * i + h));
    }
    data.append(t);
  }
  return data;
}

/// Undoes the normalisation of number d of a row.
double raw_input(const Samples& samples, std::size_t row, std::size_t d) {
  const double z = samples.inputs[row * samples.input_dim + d];
  return z / samples.normalisation.inverse_std[d] + samples.normalisation.mean[d];
}

TEST(Samples, HistoriesEndInTheNewestAndRepeatTheFirst) {
  const Dataset data = counted({3, 4});
  const auto quantizer = fitted(data);
  const Samples samples = make_samples(data, *quantizer, {3, 0.0, NoiseKey(0)});
  ASSERT_EQ(samples.size(), 7U);
  ASSERT_EQ(samples.input_dim, 6U);
  const auto steps_of = [&](std::size_t row) {
    return std::vector<double>{std::round(raw_input(samples, row, 1)), std::round(raw_input(samples, row, 3)),
                               std::round(raw_input(samples, row, 5))};
  };
  EXPECT_EQ(steps_of(0), (std::vector<double>{0, 0, 0}));
  EXPECT_EQ(steps_of(1), (std::vector<double>{0, 0, 1}));
  EXPECT_EQ(steps_of(2), (std::vector<double>{0, 1, 2}));
  EXPECT_EQ(steps_of(3), (std::vector<double>{0, 0, 0}));  // the next trajectory begins anew
  EXPECT_EQ(steps_of(6), (std::vector<double>{1, 2, 3}));
}

TEST(Samples, ChunksStayWithinTheirTrajectory) {
  const Dataset data = counted({3, 4});
  const auto quantizer = fitted(data, "discrete", 2);
  const Samples samples = make_samples(data, *quantizer, {1, 0.0, NoiseKey(0)});
  ASSERT_EQ(samples.size(), 5U);
  ASSERT_EQ(samples.positions, 2U);
  EXPECT_EQ(samples.chunks, (std::vector<float>{0, 1, 1, 2, 10, 11, 11, 12, 12, 13}));
  EXPECT_TRUE(std::equal(samples.tokens.begin(), samples.tokens.end(), samples.chunks.begin()));
}

TEST(Samples, HoldsOutWholeTrajectoriesAndNormalisesByTheOthers) {
  const Dataset data = counted({5, 5, 5, 5});
  const auto quantizer = fitted(data);
  const Samples samples = make_samples(data, *quantizer, {1, 0.25, NoiseKey(4)});
  ASSERT_EQ(samples.validation.size(), 5U);
  ASSERT_EQ(samples.train.size(), 15U);
  EXPECT_EQ(samples.validation.front() % 5, 0);
  EXPECT_EQ(samples.validation.back(), samples.validation.front() + 4);
  for (std::size_t d = 0; d < 2; ++d) {
    double sum = 0.0, squares = 0.0;
    for (const std::int64_t row : samples.train) {
      const double z = samples.inputs[static_cast<std::size_t>(row) * 2 + d];
      sum += z;
      squares += z * z;
    }
    EXPECT_NEAR(sum / 15.0, 0.0, 1e-6);
    EXPECT_NEAR(squares / 15.0, 1.0, 1e-5);
  }
}

TEST(Samples, ConstantObservationsBecomeZero) {
  const Dataset data = categorical_data(3, 10);
  const auto quantizer = fitted(data);
  const Samples samples = make_samples(data, *quantizer, {1, 0.0, NoiseKey(0)});
  for (std::size_t row = 0; row < samples.size(); ++row) EXPECT_EQ(samples.inputs[row * 3 + 2], 0.0F);
}

TEST(Samples, HardTokensAreSeenAsSuch) {
  const Dataset data = categorical_data(3, 10);
  const auto quantizer = fitted(data);
  EXPECT_EQ(make_samples(data, *quantizer, {1, 0.0, NoiseKey(0)}).soft, nullptr);
}

/// Smooth actions of two dimensions.
Dataset waves() {
  DatasetInfo info;
  info.observation_dim = 1;
  info.action_dim = 2;
  Dataset data(info);
  for (std::size_t i = 0; i < 4; ++i) {
    Trajectory t;
    t.name = "demo_" + std::to_string(i);
    t.steps = 40;
    for (std::size_t h = 0; h < t.steps; ++h) {
      const double phase = 0.1 * static_cast<double>(h) + static_cast<double>(i);
      t.observations.push_back(phase);
      t.actions.insert(t.actions.end(), {std::sin(phase), h % 10 == 0 ? 1.0 : std::cos(3.0 * phase)});
    }
    data.append(t);
  }
  return data;
}

TEST(Samples, KeepTheLengthsOfSequencesThatVary) {
  const Dataset data = waves();
  const auto quantizer = fitted(data, "fast", 8);
  ASSERT_FALSE(quantizer->info().fixed_length);
  const Samples samples = make_samples(data, *quantizer, {1, 0.0, NoiseKey(0)});
  ASSERT_EQ(samples.lengths.size(), samples.size());
  EXPECT_LT(*std::ranges::min_element(samples.lengths), *std::ranges::max_element(samples.lengths));
  for (std::size_t row = 0; row < samples.size(); ++row) {
    std::vector<Token> tokens(samples.positions);
    std::vector<std::uint32_t> length(1);
    const auto chunk = std::span(samples.chunks).subspan(row * samples.chunk_values, samples.chunk_values);
    quantizer->encode(chunk, {}, TokenBatch{tokens, length});
    ASSERT_EQ(samples.length(row), length[0]);
    for (std::size_t p = 0; p < samples.positions; ++p) {
      EXPECT_EQ(samples.tokens[row * samples.positions + p], p < length[0] ? tokens[p] : 0U);
    }
  }
}

TEST(Samples, WithoutAQuantizerHoldTheSameChunks) {
  const Dataset data = categorical_data(4, 20);
  const auto quantizer = fitted(data, "discrete", 2);
  const SampleOptions options{2, 0.25, NoiseKey(7)};
  const Samples tokens = make_samples(data, *quantizer, options), actions = make_action_samples(data, 2, options);
  EXPECT_EQ(actions.size(), tokens.size());
  EXPECT_EQ(actions.chunks, tokens.chunks);
  EXPECT_EQ(actions.inputs, tokens.inputs);
  EXPECT_EQ(actions.train, tokens.train);
  EXPECT_TRUE(actions.tokens.empty());
  EXPECT_EQ(actions.chunk_values, 6U);
  EXPECT_EQ(actions.action_scale.inverse_std[2], 1.0F);  // of a constant
}

TEST(Samples, RefusesWhatCannotBeLearned) {
  const Dataset data = counted({3, 4});
  const auto chunks_of_four = fitted(data, "discrete", 4);
  EXPECT_NE(message_of<DataError>([&] { make_samples(data, *chunks_of_four, {}); }).find("trajectory 0"),
            std::string::npos);
  const Dataset other = categorical_data(2, 5);
  const auto quantizer = fitted(other);
  const std::string message = message_of<UsageError>([&] { make_samples(data, *quantizer, {}); });
  EXPECT_NE(message.find("1 action dimensions"), std::string::npos) << message;
  EXPECT_NE(message.find("has 3"), std::string::npos) << message;
  EXPECT_THROW(make_samples(Dataset(data.info()), *fitted(data), {}), DataError);
}

TEST(Samples, RefusesNumbersThatNoFloatHolds) {
  DatasetInfo info;
  info.path = "huge.hdf5";
  info.observation_dim = info.action_dim = 1;
  Dataset data(info);
  Trajectory t;
  t.name = "demo_0";
  t.steps = 2;
  t.observations = {1.0, 2.0};
  t.actions = {0.0, 1e300};
  data.append(t);
  FitContext context;
  context.action_dim = 1;
  const auto quantizer = make_quantizer("uniform:bins=4,low=-1,high=1", context);
  const std::string message = message_of<DataError>([&] { make_samples(data, *quantizer, {1, 0.0, NoiseKey(0)}); });
  EXPECT_NE(message.find("huge.hdf5"), std::string::npos) << message;
  EXPECT_NE(message.find("step 1"), std::string::npos) << message;
}

TEST(Samples, WhatIsRelabelledFromAHeldOutTrajectoryIsNoSample) {
  Dataset data = counted({3, 3, 3, 3, 2, 2, 2, 2});  // the last four relabelled from the first four, one each
  data.info().attributes["relabelled"] = "1,1,1,1";
  const auto quantizer = fitted(data);
  const Samples samples = make_samples(data, *quantizer, {1, 0.25, NoiseKey(0)});
  EXPECT_EQ(samples.validation.size(), 3U) << "one demonstration";
  EXPECT_EQ(samples.train.size(), 3U * 3U + 3U * 2U);
  const auto held = static_cast<std::size_t>(samples.validation[0]) / 3;
  for (const std::int64_t row : samples.train) {
    const auto at = static_cast<std::size_t>(row);
    EXPECT_NE(at < 12 ? at / 3 : (at - 12) / 2, held) << "row " << at;
  }
}

TEST(Samples, AGivenNormalisationIsKept) {
  const Dataset data = counted({3, 4});
  const auto quantizer = fitted(data);
  const Normalisation given{{1.0F, 2.0F}, {0.5F, 0.25F}};
  const Samples samples = make_samples(data, *quantizer, {1, 0.0, NoiseKey(0), 0, given});
  EXPECT_EQ(samples.normalisation, given);
  EXPECT_EQ(samples.inputs[2], -0.5F) << "(0 − 1)·0.5, step 1 of the first trajectory";
  EXPECT_EQ(samples.inputs[3], -0.25F) << "(1 − 2)·0.25";
  EXPECT_NE(message_of<UsageError>([&] {
              make_samples(data, *quantizer, {2, 0.0, NoiseKey(0), 0, given});
            }).find("of 2 numbers"),
            std::string::npos);
}

}  // namespace
}  // namespace pianola
