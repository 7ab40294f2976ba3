#include "pianola/audits/advice_candidates.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace pianola {
namespace {

ActionProfile profile(std::size_t dim, double saturated, std::size_t steps = 20000) {
  ActionProfile out;
  out.dim = dim, out.steps = steps, out.bounded = true;
  out.saturated.assign(dim, saturated), out.beyond.assign(dim, 0.0);
  return out;
}

constexpr double kUnlimited = std::numeric_limits<double>::infinity();

bool has(const std::vector<QuantizerCandidate>& all, const std::string& spec) {
  return std::ranges::any_of(all, [&](const auto& candidate) { return candidate.spec == spec; });
}

TEST(AdviceCandidates, TheLadderDoublesItsIntervals) {
  const auto rungs = resolution_ladder(1, kUnlimited);
  ASSERT_GE(rungs.size(), 5u);
  for (std::size_t i = 1; i < rungs.size(); ++i) EXPECT_EQ(rungs[i] - 1, 2 * (rungs[i - 1] - 1));
}

TEST(AdviceCandidates, TheLadderKeepsToTheBits) {
  for (const std::size_t bins : resolution_ladder(3, 7.0)) EXPECT_LE(3.0 * std::log2(bins), 7.0);
  EXPECT_EQ(resolution_ladder(3, 7.0).back(), 5u);
  EXPECT_EQ(resolution_ladder(26, 1.0).size(), 1u) << "there is always something to try";
}

TEST(AdviceCandidates, EqualBinsTakeNoMoreBits) {
  EXPECT_EQ(equal_bins({"kmeans:k=64", "kmeans", 0}, 6.0, 2), 8U);
  EXPECT_EQ(equal_bins({"kmeans:k=100", "kmeans", 0}, std::log2(100.0), 2), 10U);
  EXPECT_EQ(equal_bins({"kmeans:k=128", "kmeans", 0}, 7.0, 2), 11U);
  EXPECT_EQ(equal_bins({"quantile:bins=5", "quantile", 5}, 6.97, 3), 5U);
}

TEST(AdviceCandidates, BoundsGetTokensOnlyWhereActionsSaturate) {
  EXPECT_TRUE(has(family_candidates(profile(3, 0.44), 5, 3, kUnlimited), "uniform:bins=5,atoms=true"));
  EXPECT_FALSE(has(family_candidates(profile(3, 0.0), 5, 3, kUnlimited), "uniform:bins=5,atoms=true"));
}

TEST(AdviceCandidates, AJointCodeHasNoMoreBitsThanTheBins) {
  EXPECT_TRUE(has(family_candidates(profile(3, 0.0), 5, 3, kUnlimited), "kmeans:k=64")) << "6.97 bits, so 6";
  for (const auto& candidate : family_candidates(profile(1, 0.0), 5, 3, kUnlimited)) {
    EXPECT_NE(candidate.family, "kmeans") << "of one dimension, bins of the data's means are as good";
  }
  EXPECT_TRUE(has(family_candidates(profile(3, 0.0, 200), 5, 3, kUnlimited), "kmeans:k=16")) << "ten actions a code";
}

TEST(AdviceCandidates, HalfwayBetweenTwoRungsAndNothingTwice) {
  const auto all = family_candidates(profile(3, 0.44), 5, 3, kUnlimited);
  EXPECT_TRUE(has(all, "uniform:bins=4,representatives=ends"));
  EXPECT_TRUE(has(all, "dither:bins=5"));
  for (const auto& candidate : all) EXPECT_EQ(std::ranges::count(all, candidate), 1) << candidate.spec;
}

TEST(AdviceCandidates, NothingBeyondTheBitsAllowed) {
  for (const auto& candidate : family_candidates(profile(3, 0.44), 9, 5, 7.0)) {
    if (candidate.bins == 0) continue;
    EXPECT_LE(3.0 * std::log2(candidate.bins), 7.0) << candidate.spec;
  }
}

TEST(AdviceCandidates, WhatGrowsGetsCellsThatHoldIt) {
  const auto all = unstable_candidates({1.5, 1.5, 1.087}, 33);
  for (const char* spec : {"log:bins=33", "log:bins=17", "log:bins=9", "log:bins=17,a=1.5,gain=1.087", "zoom:bins=17",
                           "zoom:bins=9", "zoom:bins=5,a=1.5", "zoom:bins=9,a=1.5"}) {
    EXPECT_TRUE(has(all, spec)) << spec;
  }
  for (const auto& candidate : all) {
    EXPECT_EQ(std::ranges::count(all, candidate), 1) << candidate.spec;
    EXPECT_LE(candidate.bins, 33u);
    EXPECT_EQ(candidate.family.ends_with("a="), candidate.spec.find("a=") != std::string::npos) << candidate.spec;
  }
}

TEST(AdviceCandidates, WhatKeepsItsErrorsGetsCellsThatMove) {
  const auto all = unstable_candidates({1.0}, 33);  // integrators, as a quadrotor's
  for (const char* spec : {"log:bins=33", "log:bins=9", "zoom:bins=17", "zoom:bins=9", "zoom:bins=5", "zoom:bins=5,a=1",
                           "zoom:bins=9,a=1"}) {
    EXPECT_TRUE(has(all, spec)) << spec;
  }
}

TEST(AdviceCandidates, HalfTheCodesOfAKMeans) {
  const auto half = fewer_codes({"kmeans:k=256", "kmeans", 0});
  ASSERT_TRUE(half);
  EXPECT_EQ(*half, (QuantizerCandidate{"kmeans:k=128", "kmeans", 0}));
  EXPECT_FALSE(fewer_codes({"kmeans:k=3", "kmeans", 0})) << "one code says nothing";
  EXPECT_FALSE(fewer_codes({"kmeans:k=256", "given", 0})) << "what the user gave stays as it is";
  EXPECT_FALSE(fewer_codes({"uniform:bins=9", "centre", 9}));
}

TEST(AdviceCandidates, RatiosAreOfAKnownGainOnly) {
  for (const auto& candidate : unstable_candidates({1.5}, 33)) EXPECT_NE(candidate.family, "log a=");
  for (const auto& candidate : unstable_candidates({1.5, 1.5, 0.3}, 33)) EXPECT_NE(candidate.family, "log a=");
}

TEST(AdviceCandidates, AScaleIsMovedOnlyWhereItKeepsUp) {
  for (const auto& candidate : unstable_candidates({7.0}, 9)) {
    EXPECT_EQ(candidate.family, "log") << "a moving scale takes more than |a| + 2 tokens: " << candidate.spec;
    EXPECT_EQ(candidate.bins % 2, 1u) << "one token is for 0";
  }
  EXPECT_TRUE(has(unstable_candidates({7.0}, 33), "zoom:bins=10,a=7"));
  for (const auto& candidate : unstable_candidates({2.5}, 129)) EXPECT_NE(candidate.family, "zoom") << "which doubles";
}

}  // namespace
}  // namespace pianola
