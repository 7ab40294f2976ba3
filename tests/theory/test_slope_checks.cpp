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

TEST(SlopeChecks, PointsOfOneOctaveAreNotDividedByAlmostNothing) {
  // Between 1 and 1.01 the slope would be 7; over factors of 2 and more it is within 0.1 of 1.
  const Estimate slope = fitted_slope(std::vector<double>{1, 1.01, 8}, exact(std::vector<double>{1, 1.07, 8}));
  EXPECT_GT(slope.low, 0.9);
  EXPECT_LT(slope.high, 1.1);
}

TEST(SlopeChecks, AnIntervalThatIsTooWideToTellIsOpenAndOneWhollyOutsideFails) {
  const std::vector<double> x{1, 4, 16};
  const auto sampled = [&](double slope, double half) {
    std::vector<Estimate> y;
    for (const double at : x) {
      const double value = std::pow(at, slope), off = value * half * 2.0 * std::log(4.0) / std::sqrt(2.0);
      y.push_back({value, value - off, value + off, 9});
    }
    ExperimentResult result;
    require_slope(result, {"n", "slope", x, y, -0.55, -0.45});
    return result;
  };
  const ExperimentResult straddles = sampled(-0.53, 0.03);
  EXPECT_FALSE(straddles.checks[1].passed.has_value()) << "−0.56 … −0.50";
  EXPECT_EQ(straddles.checks[0].passed, true);
  ASSERT_EQ(straddles.notes.size(), 1U);
  EXPECT_NE(straddles.notes[0].find("not decided"), std::string::npos);
  EXPECT_EQ(sampled(-0.60, 0.03).checks[1].passed, false) << "−0.63 … −0.57";
  EXPECT_EQ(sampled(-0.545, 0.01).checks[1].passed, false) << "narrow enough to tell";
  EXPECT_TRUE(sampled(-0.50, 0.03).passed());
  EXPECT_EQ(sampled(-0.50, 0.03).checks[1].passed, true);
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
