#include "pianola/base/random_subset.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace pianola {
namespace {

TEST(RandomSubset, HasAsManyAsWereAskedForAscendingAndNoneTwice) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const std::vector<std::size_t> chosen = random_subset(37, 11, NoiseKey(seed));
    ASSERT_EQ(chosen.size(), 11U);
    EXPECT_TRUE(std::ranges::is_sorted(chosen));
    EXPECT_EQ(std::ranges::adjacent_find(chosen), chosen.end());
    EXPECT_LT(chosen.back(), 37U);
  }
}

TEST(RandomSubset, OfNoMoreThanWereAskedForIsAll) {
  const std::vector<std::size_t> all{0, 1, 2, 3};
  EXPECT_EQ(random_subset(4, 4, NoiseKey(1)), all);
  EXPECT_EQ(random_subset(4, 9, NoiseKey(1)), all);
  EXPECT_TRUE(random_subset(4, 0, NoiseKey(1)).empty());
  EXPECT_TRUE(random_subset(0, 3, NoiseKey(1)).empty());
}

TEST(RandomSubset, TheSameKeyTakesTheSame) {
  EXPECT_EQ(random_subset(1000, 20, NoiseKey(3)), random_subset(1000, 20, NoiseKey(3)));
  EXPECT_NE(random_subset(1000, 20, NoiseKey(3)), random_subset(1000, 20, NoiseKey(4)));
}

TEST(RandomSubset, EveryPairIsEquallyLikely) {
  constexpr int kDraws = 20000;
  std::vector<int> counts(25);
  for (std::uint64_t seed = 0; seed < kDraws; ++seed) {
    const std::vector<std::size_t> pair = random_subset(5, 2, NoiseKey(7).child("draw", seed));
    ++counts[5 * pair[0] + pair[1]];
  }
  const double p = 0.1;  // of 10 pairs
  for (std::size_t i = 0; i < 5; ++i) {
    for (std::size_t j = i + 1; j < 5; ++j) {
      EXPECT_NEAR(counts[5 * i + j], p * kDraws, 5.0 * std::sqrt(p * (1.0 - p) * kDraws)) << i << ", " << j;
    }
  }
}

}  // namespace
}  // namespace pianola
