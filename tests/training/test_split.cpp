#include "pianola/training/split.hpp"
#include "property.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "pianola/data/relabelled.hpp"

namespace pianola {
namespace {

TEST(Split, IsAPartitionOfTrajectories) {
  test::property("train and validation are ascending, disjoint, together all; training is never empty", [] {
    const auto n = *rc::gen::inRange<std::size_t>(1, 200);
    const double fraction = *rc::gen::inRange(0, 100) / 100.0;
    const TrajectorySplit split = split_trajectories(n, fraction, NoiseKey(*rc::gen::arbitrary<std::uint64_t>()));
    RC_ASSERT(std::is_sorted(split.train.begin(), split.train.end()));
    RC_ASSERT(std::is_sorted(split.validation.begin(), split.validation.end()));
    std::vector<std::size_t> both = split.train, all(n);
    both.insert(both.end(), split.validation.begin(), split.validation.end());
    std::sort(both.begin(), both.end());
    std::iota(all.begin(), all.end(), std::size_t{0});
    RC_ASSERT(both == all);
    RC_ASSERT(!split.train.empty());
  });
}

TEST(Split, HoldsOutTheFraction) {
  const NoiseKey key(3);
  EXPECT_EQ(split_trajectories(20, 0.1, key).validation.size(), 2U);
  EXPECT_EQ(split_trajectories(3, 0.1, key).validation.size(), 1U);  // at least one of several
  EXPECT_EQ(split_trajectories(1, 0.5, key).validation.size(), 0U);  // one trajectory: nothing to hold out
  EXPECT_EQ(split_trajectories(20, 0.0, key).validation.size(), 0U);
  EXPECT_EQ(split_trajectories(4, 0.99, key).validation.size(), 3U);  // never all
}

TEST(Split, DependsOnTheKey) {
  EXPECT_EQ(split_trajectories(50, 0.2, NoiseKey(1)).validation, split_trajectories(50, 0.2, NoiseKey(1)).validation);
  EXPECT_NE(split_trajectories(50, 0.2, NoiseKey(1)).validation, split_trajectories(50, 0.2, NoiseKey(2)).validation);
}

/// Ten demonstrations of one step, and so many relabelled from each.
Dataset relabelled(const std::vector<std::size_t>& counts) {
  DatasetInfo info;
  info.observation_dim = info.action_dim = 1;
  info.attributes[kRelabelled] = relabelled_text(counts);
  Dataset data(info);
  std::size_t all = counts.size();
  for (const std::size_t count : counts) all += count;
  Trajectory t;
  t.steps = 1;
  t.observations = t.actions = {0.0};
  for (std::size_t i = 0; i < all; ++i) data.append(t);
  return data;
}

TEST(Split, WhatIsRelabelledFollowsItsDemonstrationIntoTrainingOnly) {
  const std::vector<std::size_t> counts{2, 0, 1, 3, 1, 1, 1, 1, 1, 4};
  const Dataset data = relabelled(counts);
  const NoiseKey key(3);
  const TrajectorySplit split = split_dataset(data, 0.3, key), plain = split_trajectories(10, 0.3, key);
  EXPECT_EQ(split.validation, plain.validation) << "demonstrations only";
  const auto origins = demonstrations_of(data.info(), data.size());
  for (std::size_t i = 0; i < data.size(); ++i) {
    const bool trained = std::ranges::binary_search(plain.train, origins[i]);
    EXPECT_EQ(std::ranges::binary_search(split.train, i), trained) << i;
  }
  EXPECT_TRUE(std::ranges::is_sorted(split.train));
}

TEST(Split, WithoutRelabelledTrajectoriesItIsTheOneOfTrajectories) {
  Dataset data = relabelled(std::vector<std::size_t>(10, 0));
  const auto with = split_dataset(data, 0.2, NoiseKey(1));
  data.info().attributes.clear();
  const auto without = split_dataset(data, 0.2, NoiseKey(1)), plain = split_trajectories(10, 0.2, NoiseKey(1));
  EXPECT_EQ(with.train, plain.train);
  EXPECT_EQ(without.train, plain.train);
  EXPECT_EQ(without.validation, plain.validation);
}

}  // namespace
}  // namespace pianola
