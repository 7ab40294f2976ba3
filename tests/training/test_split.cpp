#include "pianola/training/split.hpp"
#include "property.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

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

}  // namespace
}  // namespace pianola
