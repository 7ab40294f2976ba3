#include "pianola/theory/sign_class.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "pianola/base/error.hpp"

namespace pianola {
namespace {

TEST(SignClass, IsOfThisSizeAndRefusesOthers) {
  EXPECT_EQ(SignClass(5, 0.1).members(), 32U);
  EXPECT_DOUBLE_EQ(SignClass(5, 0.1).log_size(), std::log(32.0));
  EXPECT_THROW(SignClass(0, 0.1), UsageError);
  EXPECT_THROW(SignClass(13, 0.1), UsageError);
  EXPECT_THROW(SignClass(3, 0.5), UsageError);
  EXPECT_THROW(SignClass(3, NAN), UsageError);
}

TEST(SignClass, EnumerationLearnsWhatTheBinomialSumSays) {
  const double gap = 0.1;
  const Estimate wrong = mean_estimate(repeated_wrong(SignClass(1, gap), 41, 20'000, NoiseKey(3)), 0.9999);
  EXPECT_LE(wrong.low, binomial_wrong(41, gap));
  EXPECT_GE(wrong.high, binomial_wrong(41, gap));
}

TEST(SignClass, BinomialSumsInClosedForm) {
  // n = 1: wrong with probability ½ − Δ. n = 2: (½ − Δ)² + half of the ties 2(½ − Δ)(½ + Δ).
  EXPECT_NEAR(binomial_wrong(1, 0.2), 0.3, 1e-12);
  EXPECT_NEAR(binomial_wrong(2, 0.2), 0.3 * 0.3 + 0.3 * 0.7, 1e-12);
}

TEST(SignClass, ManyDemonstrationsLeaveNothingWrong) {
  for (const double wrong : repeated_wrong(SignClass(3, 0.4), 500, 50, NoiseKey(1))) EXPECT_EQ(wrong, 0.0);
}

TEST(SignClass, TiedSignsKeepOneOfTwoContextsWrong) {
  const SignClass tied(4, 0.2, Signs::tied);
  EXPECT_EQ(tied.members(), 8U);
  EXPECT_DOUBLE_EQ(tied.log_size(), std::log(8.0));
  for (const double wrong : repeated_wrong(tied, 8, 200, NoiseKey(1))) EXPECT_GE(wrong, 0.25);
  // 1,000 demonstrations a context: the other two are learned.
  for (const double wrong : repeated_wrong(tied, 4000, 20, NoiseKey(1))) EXPECT_EQ(wrong, 0.25);
  EXPECT_THROW(SignClass(1, 0.2, Signs::tied), UsageError);
}

TEST(SignClass, HardestGapKeepsTheChanceOfError) {
  EXPECT_DOUBLE_EQ(hardest_gap(4, 100), 0.04);
  EXPECT_NEAR(binomial_wrong(401, hardest_gap(1, 401)), binomial_wrong(6401, hardest_gap(1, 6401)), 0.01);
}

}  // namespace
}  // namespace pianola
