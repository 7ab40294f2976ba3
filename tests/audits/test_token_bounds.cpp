#include "pianola/audits/token_bounds.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "audits/toy_laws.hpp"
#include "property.hpp"

namespace pianola {
namespace {

using test::gaps;

/// Logits that depend on x, on the position and, where asked, on the token before; different for each `seed`.
std::shared_ptr<const Policy> random_policy(std::uint64_t seed, std::size_t positions, std::uint32_t vocabulary,
                                            bool chained) {
  const auto rule = [=](std::size_t p, Token previous, std::span<const float> history, std::span<float> out) {
    for (std::size_t k = 0; k < out.size(); ++k) {
      const auto draw = static_cast<std::uint32_t>(k + 16 * p + (chained ? 256 * previous : 0));
      const double slope = normal(NoiseKey(seed), 0, 0, draw), offset = normal(NoiseKey(seed), 1, 0, draw);
      out[k] = static_cast<float>(offset + 2.0 * slope * static_cast<double>(history[0]));
    }
  };
  std::shared_ptr<const Policy> policy =
      std::make_shared<toys::ToyPolicy>(std::vector<std::uint32_t>(positions, vocabulary), 1, rule);
  if (chained) policy = std::make_shared<test::Autoregressive>(std::move(policy));
  return policy;
}

void expect_contains(const LawGap& bounds, const LawGap& exact) {
  RC_ASSERT(bounds.known);
  RC_ASSERT(bounds.tv_low <= exact.tv_low + 1e-6);
  RC_ASSERT(bounds.tv_high >= exact.tv_high - 1e-6);
  RC_ASSERT(bounds.low <= exact.low + 1e-6);
  RC_ASSERT(bounds.high >= exact.high - 1e-6);
}

TEST(TokenBounds, OfFactoredPoliciesAreCertified) {
  test::property([](std::uint16_t seed, std::uint8_t a, std::uint8_t b, std::uint8_t t) {
    const auto policy = random_policy(seed, 3, 4, false);
    const auto quantizer = std::make_shared<toys::ToyQuantizer>(4, 1, 3);
    const double x = a / 128.0 - 1.0, y = b / 128.0 - 1.0, tolerance = t / 200.0;
    const auto bounds = bounded_token_law(policy, quantizer, {}), exact = enumerated_token_law(policy, quantizer, {});
    const LawGap wide = gaps(*bounds, {x}, {y}, tolerance)[0], sharp = gaps(*exact, {x}, {y}, tolerance)[0];
    expect_contains(wide, sharp);
    RC_ASSERT(wide.tv_high <= 3.0 * wide.tv_low + 1e-9);  // a union over three positions
  });
}

TEST(TokenBounds, AlongTheChainAreLimits) {
  std::size_t missed = 0;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const auto policy = random_policy(seed, 3, 4, true);
    const auto quantizer = std::make_shared<toys::ToyQuantizer>(4, 1, 3);
    const double x = 0.01 * static_cast<double>(seed) - 0.5, y = x + 0.1 * static_cast<double>(seed % 5);
    const LawGap wide = gaps(*bounded_token_law(policy, quantizer, {}), {x}, {y}, 0.3, NoiseKey(seed))[0];
    const LawGap sharp = gaps(*enumerated_token_law(policy, quantizer, {}), {x}, {y}, 0.3)[0];
    ASSERT_TRUE(wide.known);
    missed += wide.tv_low > sharp.tv_low + 1e-6 || wide.tv_high < sharp.tv_high - 1e-6 || wide.low > sharp.low + 1e-6 ||
              wide.high < sharp.high - 1e-6;
    EXPECT_LE(wide.tv_low, wide.tv_high);
    if (x == y) {
      EXPECT_EQ(wide.tv_high, 0.0) << "one law";
    }
  }
  EXPECT_LE(missed, 10u) << "each limit holds with 95 %";
}

TEST(TokenBounds, TheMeanDistanceOfActionsIsThatOfSharedUniforms) {
  const auto rule = [](std::size_t, Token, std::span<const float> history, std::span<float> out) {
    out[0] = history[0] > 0.0F ? -100.0F : 100.0F, out[1] = -out[0];
  };
  const auto policy = std::make_shared<test::Autoregressive>(
      std::make_shared<toys::ToyPolicy>(std::vector<std::uint32_t>(2, 2), 1, rule));
  const auto law = bounded_token_law(policy, std::make_shared<toys::ToyQuantizer>(2, 1, 2), {});
  const LawGap gap = gaps(*law, {-1.0}, {1.0}, 0.5)[0];
  EXPECT_NEAR(gap.action_distance, std::sqrt(2.0), 1e-6);
  EXPECT_NEAR(gap.low, 1.0, 1e-6);
  EXPECT_NEAR(gap.tv_low, 1.0, 1e-6);
}

TEST(TokenBounds, WithoutALawNothingIsKnown) {
  const auto rule = [](std::size_t, Token, std::span<const float> history, std::span<float> out) {
    out[0] = history[0] > 0.0F ? std::nanf("") : 0.0F, out[1] = 0.0F;
  };
  const auto policy = std::make_shared<toys::ToyPolicy>(std::vector<std::uint32_t>(2, 2), 1, rule);
  const auto quantizer = std::make_shared<toys::ToyQuantizer>(2, 1, 2);
  EXPECT_FALSE(gaps(*bounded_token_law(policy, quantizer, {}), {-1.0}, {1.0}, 0.0)[0].known);
  const auto chained = std::make_shared<test::Autoregressive>(policy);
  EXPECT_FALSE(gaps(*bounded_token_law(chained, quantizer, {}), {-1.0}, {1.0}, 0.0)[0].known);
}

}  // namespace
}  // namespace pianola
