#include "pianola/theory/slope_checks.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "pianola/base/error.hpp"

namespace pianola {
namespace {

ExperimentResult judged(const std::vector<double>& x, const std::vector<double>& y) {
  ExperimentResult result;
  require_slope(result, {"n", "slope", x, exact(y), -0.55, -0.45});
  return result;
}

TEST(SlopeChecks, JudgeTheWholeInterval) {
  EXPECT_TRUE(judged({1, 4, 16, 64}, {8, 4, 2, 1}).passed()) << "exactly −½";
  EXPECT_FALSE(judged({1, 4, 16, 64}, {8, 4, 2, 2}).passed()) << "flatter";
  EXPECT_FALSE(judged({1, 4, 16, 64}, {64, 16, 4, 1}).passed()) << "steeper";
  const ExperimentResult noisy = judged({1, 4, 16, 64}, {8, 3, 3, 1});
  EXPECT_NEAR(noisy.exponents.at("n").value, -0.45, 0.01);
  EXPECT_FALSE(noisy.passed()) << "an interval that is too wide is no evidence";
}

TEST(SlopeChecks, SampledPointsGiveTheInterval) {
  // Two end points of relative half-width 0.1 and 0.2, the middle one exact: weights ±1/(2 ln 4).
  const std::vector<double> x{1, 4, 16};
  const std::vector<Estimate> y{{4, 3.6, 4.4, 9}, {2, 2, 2, 9}, {1, 0.8, 1.2, 9}};
  const Estimate slope = fitted_slope(x, y);
  EXPECT_NEAR(slope.value, -0.5, 1e-12);
  EXPECT_NEAR(slope.high - slope.value, std::hypot(0.1, 0.2) / (2.0 * std::log(4.0)), 1e-12);
}

TEST(SlopeChecks, ExactPointsGiveTheRangeFromPointToPoint) {
  const std::vector<double> x{8, 1, 2}, y{32, 1, 4};  // slopes 2 and 1.5, in the order of x
  const Estimate slope = fitted_slope(x, exact(y));
  EXPECT_NEAR(slope.low, 1.5, 1e-12);
  EXPECT_NEAR(slope.high, 2.0, 1e-12);
  EXPECT_GT(slope.value, 1.5);
  EXPECT_LT(slope.value, 2.0);
}

TEST(SlopeChecks, AreOpenOnShortAxes) {
  for (const std::vector<double>& x :
       {std::vector<double>{1, 100}, std::vector<double>{2, 2, 2}, std::vector<double>{1, 2, 7}}) {
    const ExperimentResult result = judged(x, std::vector<double>(x.size(), 1.0));
    ASSERT_EQ(result.checks.size(), 2U);
    EXPECT_FALSE(result.checks[0].passed.has_value() || result.checks[1].passed.has_value());
    EXPECT_EQ(result.checks[0].relation, Relation::at_most);
    EXPECT_EQ(result.checks[1].relation, Relation::at_least);
    EXPECT_TRUE(result.exponents.empty());
    EXPECT_EQ(result.notes.size(), 1U);
  }
}

TEST(SlopeChecks, NeedPositiveNumbers) { EXPECT_THROW((void)judged({1, 2, 8}, {1, 0, 1}), UsageError); }

}  // namespace
}  // namespace pianola
