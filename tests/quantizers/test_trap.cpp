#include "pianola/quantizers/trap.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "quantizers/conformance.hpp"

namespace pianola::testing {

INSTANTIATE_TEST_SUITE_P(Trap, QuantizerConformance,
                         ::testing::ValuesIn(conformance_cases({"trap:epsilon=0.0078125,k=1,d=0.6"})), case_name);

namespace {

/// Regret a step of q(π*(x)) in feedback, and the in-distribution error, over Gaussian-quantile midpoints.
struct Loop {
  double regret = 0.0, in_distribution_error = 0.0;
};

template <class Play>
Loop close_loop(const TrapConstants& c, std::size_t points, const Play& play) {
  const auto horizon = static_cast<std::size_t>(std::ceil(64.0 * std::log(c.epsilon) * std::log(c.epsilon)));
  Loop sum;
  for (std::size_t i = 0; i < points; ++i) {
    double learner = normal_quantile((static_cast<double>(i) + 0.5) / static_cast<double>(points)), expert = learner;
    for (std::size_t h = 0; h < horizon; ++h) {
      const double u = std::atan(learner), q = play(u), raw = std::atan(expert);
      sum.regret += std::abs(q - u);
      sum.in_distribution_error += std::abs(play(raw) - raw);
      learner = c.a * learner + c.b * q;
      expert = c.a * expert + c.b * raw;
    }
  }
  const double n = static_cast<double>(points) * static_cast<double>(horizon);
  return {sum.regret / n, sum.in_distribution_error / n};
}

// References of docs/theory.md §10, from 32,768 midpoints and to six digits; with 1,024 midpoints they agree to 3e-6.
TEST(TrapQuantizer, CostsInClosedLoopWhatTheTheorySays) {
  const double reference[3][3] = {
      {0x1p-5, 0.604437, 0.176672}, {0x1p-6, 0.673435, 0.088524}, {0x1p-7, 0.708179, 0.044382}};
  for (const auto& [epsilon, regret, error] : reference) {
    const TrapConstants constants{.epsilon = epsilon};
    const TrapQuantizer trap(constants, 1, 1);
    const Loop loop = close_loop(constants, 1024, [&](double u) {
      double q = 0.0;
      trap.quantize(std::span(&u, 1), {}, std::span(&q, 1));
      return q;
    });
    EXPECT_NEAR(loop.regret, regret, 3e-6) << epsilon;
    EXPECT_NEAR(loop.in_distribution_error, error, 3e-6) << epsilon;
  }
}

// Control: float32 tokens fall out of the two-cycle, which is why quantize() is in double.
TEST(TrapQuantizer, DecodedTokensAreFloat32AndChangeTheAnswer) {
  const TrapConstants constants{.epsilon = 0x1p-7};
  const TrapQuantizer trap(constants, 1, 1);
  const Loop loop =
      close_loop(constants, 256, [&](double u) { return static_cast<double>(static_cast<float>(trap.play(u))); });
  EXPECT_NEAR(loop.regret, 0.594, 2e-3);
}

TEST(TrapQuantizer, ThePapersOwnExampleTrapsToo) {
  const double reference[3][2] = {{0x1p-5, 0.641}, {0x1p-6, 0.692}, {0x1p-7, 0.717}};
  for (const auto& [epsilon, regret] : reference) {
    const TrapConstants constants{.epsilon = epsilon, .k = 1.0, .d = 0.6};
    const TrapQuantizer trap(constants, 1, 1);
    EXPECT_NEAR(close_loop(constants, 256, [&](double u) { return trap.play(u); }).regret, regret, 1e-3) << epsilon;
  }
}

TEST(TrapQuantizer, RowsAreThoseOfTheTable) {
  const double e = 0x1p-6, a = 0.2, b = 0.3, d = 1.2;
  const TrapQuantizer trap({.epsilon = e}, 1, 1);
  const auto at = [&](double x) { return trap.play(std::atan(x)); };
  for (const double x : {-e, 0.0, 0.3 * e, e}) EXPECT_EQ(at(x), (d + 0.5) * e / b) << x;
  for (const double x : {d * e, 1.5 * e, (d + 1) * e, (d + 1) * e + 0.9e-9 * e}) EXPECT_EQ(at(x), 1.0) << x;
  for (const double x : {a * d * e + b, a * (d + 1) * e + b}) {
    EXPECT_EQ(at(x), (d + 1) * (1 - a * a) * e / b - a) << x;
  }
  for (const double x : {-3.0, -1.0001 * e, 1.1 * e, (d + 1) * e + 1.1e-9 * e, 0.1, 0.5, 40.0}) {
    EXPECT_EQ(at(x), std::atan(x) - e / 2) << x;
  }
}

TEST(TrapQuantizer, EpsilonSupIsTheSupremum) {
  for (const double epsilon : {0x1p-5, 0x1p-9, 0.15}) {
    const TrapQuantizer trap({.epsilon = epsilon}, 1, 1);
    double worst = 0.0;
    const double range = std::numbers::pi / 2;
    for (int i = 0; i <= 400000; ++i) {
      const double u = range * (i / 200000.0 - 1.0);
      worst = std::max(worst, std::abs(trap.play(u) - u));
    }
    EXPECT_LE(worst, trap.info().epsilon_sup);
    EXPECT_NEAR(worst, trap.info().epsilon_sup, 2e-5);
  }
  EXPECT_NEAR(TrapQuantizer({}, 4, 1).info().epsilon_sup, 2.0 * TrapQuantizer({}, 1, 1).info().epsilon_sup, 1e-15);
}

TEST(TrapQuantizer, TokensAreTheDigitsOfTheDouble) {
  const TrapQuantizer trap({}, 1, 1);
  std::vector<Token> tokens(8);
  std::vector<std::uint32_t> lengths(1);
  trap.encode(std::vector<float>{static_cast<float>(std::atan(0.02))}, {}, {tokens, lengths});
  EXPECT_EQ(tokens, (std::vector<Token>{0x3F, 0xF0, 0, 0, 0, 0, 0, 0}));  // 1.0, of the row I_T1
  EXPECT_FALSE(trap.info().finite_codebook);
  EXPECT_FALSE(trap.info().projection);
  EXPECT_FALSE(trap.info().binning);
}

TEST(TrapQuantizer, WhatNoFloatCanHoldDecodesAsZero) {
  const TrapQuantizer trap({}, 1, 2);
  std::vector<Token> tokens{0x7F, 0xF0, 0, 0, 0, 0, 0, 0, 0x3F, 0xF0, 0, 0, 0, 0, 0, 0};  // ∞, then 1
  std::vector<std::uint32_t> lengths{16};
  std::vector<float> out(2);
  std::vector<DecodeStatus> status(1);
  trap.decode({tokens, lengths}, {}, out, status);
  EXPECT_EQ(out, (std::vector<float>{0.0F, 1.0F}));
  EXPECT_EQ(status[0], DecodeStatus::repaired);
  tokens[0] = 0x3F;
  tokens[7] = 0x100;
  lengths = {15};
  trap.decode({tokens, lengths}, {}, out, status);
  EXPECT_EQ(out, (std::vector<float>{0.0F, 0.0F}));
}

TEST(TrapQuantizer, EachBrokenConditionIsNamed) {
  EXPECT_NE(failure("trap:d=0.9").find("d > k/2"), std::string::npos);
  EXPECT_NE(failure("trap:k=0.5,d=0.6").find("k > B/(1−λ)"), std::string::npos);
  EXPECT_NE(failure("trap:k=5,d=3").find("A·k < 1"), std::string::npos);
  EXPECT_NE(failure("trap:epsilon=0.2").find("ε < B/(1 + (1−A)d)"), std::string::npos);
  EXPECT_NE(failure("trap:a=0.8").find("a + b must be below 1"), std::string::npos);
  EXPECT_NE(failure("trap:epsilon=0").find("'epsilon' must be positive"), std::string::npos);
  EXPECT_NE(failure("trap:epsilon=nan").find("'epsilon'"), std::string::npos);
  EXPECT_NE(failure("trap", unit_context(1, kMaxChunkValues)).find("a chunk must have"), std::string::npos);
  EXPECT_EQ(failure("trap"), "");
}

}  // namespace
}  // namespace pianola::testing
