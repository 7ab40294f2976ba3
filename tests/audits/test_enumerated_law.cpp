#include <gtest/gtest.h>

#include <cmath>

#include "audits/toy_laws.hpp"
#include "pianola/audits/token_bounds.hpp"

namespace pianola {
namespace {

using test::gaps;

/// P(1) = ½ + x/2 at the first of two positions; the second repeats the first with probability 0.9.
std::shared_ptr<const Policy> copying_policy() {
  const auto rule = [](std::size_t position, Token previous, std::span<const float> history, std::span<float> out) {
    const double one = position == 0 ? 0.5 + 0.5 * static_cast<double>(history[0]) : previous == 1 ? 0.9 : 0.1;
    out[0] = static_cast<float>(std::log(1.0 - one)), out[1] = static_cast<float>(std::log(one));
  };
  return std::make_shared<test::Autoregressive>(
      std::make_shared<toys::ToyPolicy>(std::vector<std::uint32_t>{2, 2}, 1, rule));
}

TEST(EnumeratedLaw, OfAnAutoregressivePolicyIsExact) {
  const auto quantizer = std::make_shared<toys::ToyQuantizer>(2, 1, 2);  // levels ±½ in two dimensions
  const auto law = enumerated_token_law(copying_policy(), quantizer, {});
  EXPECT_TRUE(law->info().exact);
  const LawGap gap = gaps(*law, {0.2}, {0.5}, 0.0)[0];
  EXPECT_NEAR(gap.tv_high, 0.15, 1e-6) << "the second position follows the first: its own distance adds nothing";
  const LawGap near = gaps(*law, {0.2}, {0.5}, 1.01)[0];
  // (−,−) has 0.36 at one state; within 1 of it lie 0.225 + 0.025 + 0.075 at the other, and everything else matches.
  EXPECT_NEAR(near.high, 0.36 - 0.325, 1e-6);
}

TEST(EnumeratedLaw, ASequenceThatEndsEarlyCountsOnce) {
  const auto rule = [](std::size_t, Token, std::span<const float> history, std::span<float> out) {
    out[0] = 0.0F, out[1] = history[0], out[2] = -1.0F;
  };
  const auto policy = std::make_shared<test::Autoregressive>(
      std::make_shared<toys::ToyPolicy>(std::vector<std::uint32_t>{3, 3, 3, 3}, 1, rule));
  const auto law = enumerated_token_law(policy, std::make_shared<toys::GrammarQuantizer>(), {});
  const auto out = gaps(*law, {0.3, 0.3}, {0.3, 0.9}, 0.0);
  EXPECT_EQ(out[0].tv_high, 0.0);
  EXPECT_GT(out[1].tv_high, 0.05);
  EXPECT_LT(out[1].tv_high, 1.0);
  EXPECT_TRUE(out[1].known);
}

TEST(EnumeratedLaw, WithoutALawThereIsNone) {
  const auto rule = [](std::size_t, Token, std::span<const float> history, std::span<float> out) {
    out[0] = history[0] > 0.0F ? std::nanf("") : 0.0F, out[1] = 0.0F;
  };
  const auto policy = std::make_shared<toys::ToyPolicy>(std::vector<std::uint32_t>{2}, 1, rule);
  const auto law = enumerated_token_law(policy, std::make_shared<toys::ToyQuantizer>(2), {});
  EXPECT_FALSE(gaps(*law, {-1.0}, {1.0}, 0.0)[0].known);
}

}  // namespace
}  // namespace pianola
