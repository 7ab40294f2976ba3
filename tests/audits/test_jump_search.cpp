#include "pianola/audits/jump_search.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "audits/toy_laws.hpp"
#include "pianola/audits/expert_law.hpp"

namespace pianola {
namespace {

std::vector<SmoothPair> pairs_between(const DeployedLaw& law, const std::vector<double>& x,
                                      const std::vector<double>& y, double tolerance) {
  const auto gaps = test::gaps(law, x, y, tolerance);
  std::vector<SmoothPair> out;
  for (std::size_t i = 0; i < x.size(); ++i) {
    out.push_back({{i, 0, {x[i]}}, {i, 0, {y[i]}}, false, std::abs(x[i] - y[i]), gaps[i]});
  }
  return out;
}

TEST(JumpSearch, FindsTheEdgeOfABin) {
  const auto law =
      quantized_expert_law(std::make_shared<toys::ToyExpert>(0.5), std::make_shared<toys::ToyQuantizer>(4));
  const auto found = search_jumps(*law, pairs_between(*law, {0.3}, {1.4}, 0.1), NoiseKey(1), 0.1, 1);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_TRUE(found[0].jump);
  EXPECT_NEAR(found[0].pair.here.rows[0], 1.0, 1e-6) << "−0.5x = −0.5 is where two bins meet";
  EXPECT_LE(found[0].pair.distance, 1e-8);
  EXPECT_DOUBLE_EQ(found[0].pair.gap.action_distance, 0.5);
  EXPECT_NEAR(found[0].from_distance, 1.1, 1e-12);
}

TEST(JumpSearch, ToleratesWhatIsWithinTheTolerance) {
  const auto law =
      quantized_expert_law(std::make_shared<toys::ToyExpert>(0.5), std::make_shared<toys::ToyQuantizer>(4));
  const auto found = search_jumps(*law, pairs_between(*law, {-1.5}, {1.5}, 0.6), NoiseKey(1), 0.6, 1);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_FALSE(found[0].jump) << "neighbouring bins are 0.5 apart: steep over 3, but no jump of more than 0.6";
  EXPECT_GT(found[0].pair.distance, 0.1);
}

TEST(JumpSearch, ASmoothLawHasNone) {
  const auto law = quantized_expert_law(std::make_shared<test::GaussianExpert>(0.05), nullptr);
  const auto found = search_jumps(*law, pairs_between(*law, {-1.0}, {1.0}, 0.0), NoiseKey(1), 0.0, 1);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_FALSE(found[0].jump);
  EXPECT_LT(found[0].pair.distance, 0.2) << "it ends where the densities overlap";
}

TEST(JumpSearch, SuspectsAreTheClosestAndThoseThatDifferMost) {
  std::vector<SmoothPair> pairs;
  for (int i = 0; i < 40; ++i) {
    LawGap gap{1.0, 1.0, i % 2 == 0 ? 1.0 : 0.3, 1.0, 0.01 * i, true};
    pairs.push_back({{}, {}, false, 1.0 + i, gap});
  }
  pairs.push_back({{}, {}, false, 0.1, {}});  // of no known law
  const auto chosen = suspects(pairs, 4);
  ASSERT_EQ(chosen.size(), 4u);
  EXPECT_EQ(chosen[0].distance, 1.0);
  EXPECT_EQ(chosen[1].distance, 3.0);
  EXPECT_EQ(chosen[2].distance, 39.0);
  EXPECT_EQ(chosen[3].distance, 37.0);
  EXPECT_TRUE(
      search_jumps(*quantized_expert_law(std::make_shared<toys::ToyExpert>(0.5), nullptr), {}, NoiseKey(1), 0.0, 1)
          .empty());
}

}  // namespace
}  // namespace pianola
