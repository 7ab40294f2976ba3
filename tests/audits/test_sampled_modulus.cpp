#include "pianola/audits/sampled_modulus.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "property.hpp"

namespace pianola {
namespace {

SmoothPair pair_of(std::uint64_t id, double distance, double w, bool random = false) {
  LawGap gap{w, w, w, w, 2.0 * w, true};
  return {{id, 1, {}}, {id, 1, {}}, random, distance, gap};
}

TEST(SampledModulus, IsTheLargestSoFarAndNeverFalls) {
  test::property([](std::vector<std::pair<std::uint8_t, std::uint8_t>> drawn, std::uint8_t at) {
    std::vector<SmoothPair> pairs;
    for (const auto& [d, w] : drawn) pairs.push_back(pair_of(pairs.size() % 5, 0.01 + d, w / 255.0, d % 2 == 0));
    const SampledModulus modulus = sampled_modulus(pairs, {});
    double largest = 0.0, before = 0.0, farthest = 0.0;
    for (const SmoothPair& pair : pairs) {
      largest = std::max(largest, pair.distance <= at ? pair.gap.high : 0.0);
      farthest = std::max(farthest, pair.distance);
    }
    RC_ASSERT(modulus.at(at) == (at > farthest ? 1.0 : largest));
    for (const ModulusBin& bin : modulus.bins) {
      RC_ASSERT(bin.kappa >= before);
      RC_ASSERT(bin.kappa == modulus.at(bin.distance));
      RC_ASSERT(bin.coupled.n == 0 || bin.coupled.value <= bin.kappa + 1e-12);
      before = bin.kappa;
    }
  });
}

TEST(SampledModulus, AJumpRaisesItFromItsDistanceOn) {
  const std::vector<SmoothPair> pairs{pair_of(0, 0.1, 0.0), pair_of(1, 1.0, 1.0)};
  JumpSearch jump{pair_of(1, 1e-9, 1.0), 1.0, true}, none = jump;
  none.jump = false;
  EXPECT_EQ(sampled_modulus(pairs, {&none, 1}).at(0.5), 0.0);
  EXPECT_EQ(sampled_modulus(pairs, {&jump, 1}).at(0.5), 1.0);
  EXPECT_EQ(sampled_modulus(pairs, {&jump, 1}).at(1e-10), 0.0);
}

TEST(SampledModulus, OfTheTotalVariationIsOneWherePointsJump) {
  const std::vector<SmoothPair> points{pair_of(0, 0.1, 0.0), pair_of(1, 1.0, 1.0)};
  EXPECT_EQ(sampled_modulus(points, {}).tv_at(0.01), 1.0) << "between some states the point changes";
  EXPECT_EQ(sampled_modulus(points, {}).tv_at(0.0), 0.0);
  EXPECT_EQ(sampled_modulus({points.data(), 1}, {}).tv_at(0.05), 0.0) << "one point everywhere";
  const std::vector<SmoothPair> laws{pair_of(0, 0.1, 0.2), pair_of(1, 1.0, 0.5)};
  EXPECT_EQ(sampled_modulus(laws, {}).tv_at(0.5), 0.2);
  EXPECT_EQ(sampled_modulus(laws, {}).tv_at(1.5), 1.0);
}

TEST(SampledModulus, MeansAreOverRollouts) {
  // Rollout 0 has nine pairs that differ, rollout 1 one that does not: two rollouts, half of them.
  std::vector<SmoothPair> pairs(9, pair_of(0, 1.0, 1.0));
  pairs.push_back(pair_of(1, 1.0, 0.0));
  const SampledModulus modulus = sampled_modulus(pairs, {});
  EXPECT_DOUBLE_EQ(modulus.rtvc.value, 0.5);
  EXPECT_EQ(modulus.rtvc.n, 2u);
  EXPECT_EQ(modulus.coupled, 10u);
  EXPECT_NEAR(modulus.bins.at(0).beyond, 1.0 - std::sqrt(0.05), 1e-12);
}

TEST(SampledModulus, UnknownPairsAreCountedAndNotUsed) {
  std::vector<SmoothPair> pairs{pair_of(0, 1.0, 0.25), pair_of(0, 2.0, 1.0)};
  pairs[1].gap.known = false;
  const SampledModulus modulus = sampled_modulus(pairs, {});
  EXPECT_EQ(modulus.unknown, 1u);
  EXPECT_EQ(modulus.at(1.0), 0.25);
  EXPECT_EQ(modulus.at(1.5), 1.0) << "nothing was seen so far apart";
  EXPECT_DOUBLE_EQ(modulus.steepest, 0.25);
}

TEST(SampledModulus, IntervalsWithoutVarianceAreThoseOfEvents) {
  const std::vector<double> none(20, 0.0), all(20, 1.0), some{0.0, 0.2, 0.1, 0.0};
  EXPECT_NEAR(bounded_mean(none).high, 1.0 - std::pow(0.025, 1.0 / 20), 1e-9);
  EXPECT_EQ(bounded_mean(none).low, 0.0);
  EXPECT_NEAR(bounded_mean(all).low, std::pow(0.025, 1.0 / 20), 1e-9);
  EXPECT_EQ(bounded_mean(some).low, 0.0) << "within [0, 1]";
  EXPECT_EQ(bounded_mean({}).n, 0u);
}

}  // namespace
}  // namespace pianola
