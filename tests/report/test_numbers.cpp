#include "pianola/report/numbers.hpp"
#include "property.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace pianola {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

TEST(FormatNumber, ShowsSignificantDigits) {
  EXPECT_EQ(format_number(0.0), "0");
  EXPECT_EQ(format_number(-0.0), "0");
  EXPECT_EQ(format_number(0.123456), "0.1235");
  EXPECT_EQ(format_number(0.5), "0.5");
  EXPECT_EQ(format_number(-12.3456), "-12.35");
  EXPECT_EQ(format_number(100.0), "100");
  EXPECT_EQ(format_number(3717.33), "3,717");
  EXPECT_EQ(format_number(1234567.0), "1,234,567");
  EXPECT_EQ(format_number(-1234.5, 6), "-1,234.5");
  EXPECT_EQ(format_number(0.001), "0.001");
  EXPECT_EQ(format_number(0.00001234), "1.234e-05");
  EXPECT_EQ(format_number(1.5e12), "1.5e+12");
}

TEST(FormatNumber, NamesWhatIsNoNumber) {
  EXPECT_EQ(format_number(kNaN), "–");
  EXPECT_EQ(format_number(kInfinity), "∞");
  EXPECT_EQ(format_number(-kInfinity), "-∞");
}

TEST(FormatNumber, ReadsBackWithinItsDigits) {
  test::property([](double x) {
    RC_PRE(std::isfinite(x));
    std::string text = format_number(x, 6);
    text.erase(std::remove(text.begin(), text.end(), ','), text.end());
    RC_ASSERT(std::abs(std::stod(text) - x) <= 5.1e-6 * std::abs(x));
  });
}

TEST(FormatEstimate, AllThreeHaveAsManyDecimals) {
  EXPECT_EQ(format_estimate({0.1234, 0.1, 0.1468, 50}), "0.1234 [0.1000, 0.1468]");
  EXPECT_EQ(format_estimate({3717.2, 3650.0, 3784.9, 50}), "3,717 [3,650, 3,785]");
  EXPECT_EQ(format_estimate({0.0, -0.00001, 1.5, 50}), "0.000 [0.000, 1.500]");
  EXPECT_EQ(format_estimate({1e-7, 0.5e-7, 2e-7, 9}), "1e-07 [5e-08, 2e-07]");
}

TEST(FormatEstimate, LeavesOutWhatDoesNotExist) {
  EXPECT_EQ(format_estimate({kNaN, kNaN, kNaN, 0}), "–");
  EXPECT_EQ(format_estimate({2.5, kNaN, kNaN, 1}), "2.5");
}

TEST(FormatPlusMinus, TheHalfWidthSetsTheDecimals) {
  EXPECT_EQ(format_plus_minus({0.1234, 0.1, 0.1468, 50}), "0.123 ± 0.023");
  EXPECT_EQ(format_plus_minus({3717.2, 3649.5, 3784.9, 50}), "3,717 ± 68");
  EXPECT_EQ(format_plus_minus({0.5, 0.4999, 0.5001, 9}), "0.50000 ± 0.00010");
  EXPECT_EQ(format_plus_minus({0.5, 0.5, 0.5, 9}), "0.5 ± 0");
  EXPECT_EQ(format_plus_minus({1e-7, 0.5e-7, 1.5e-7, 9}), "1e-07 ± 5e-08");
}

TEST(FormatPlusMinus, AnIntervalThatIsNotSymmetricIsWrittenOut) {
  EXPECT_EQ(format_plus_minus({0.0, 0.0, 0.25, 9}), "0.0000 [0.0000, 0.2500]");
}

TEST(FormatPlusMinus, LeavesOutWhatDoesNotExist) {
  EXPECT_EQ(format_plus_minus({kNaN, kNaN, kNaN, 0}), "–");
  EXPECT_EQ(format_plus_minus({2.5, kNaN, kNaN, 1}), "2.5");
}

TEST(FormatPercent, IsAHundredTimesTheFraction) {
  EXPECT_EQ(format_percent(0.123456), "12.3 %");
  EXPECT_EQ(format_percent(1.0), "100 %");
  EXPECT_EQ(format_percent(0.0), "0 %");
  EXPECT_EQ(format_percent(kNaN), "–");
}

}  // namespace
}  // namespace pianola
