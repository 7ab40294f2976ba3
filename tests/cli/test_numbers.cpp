#include "pianola/cli/numbers.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace pianola::cli {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

TEST(Numbers, FourSignificantDigits) {
  EXPECT_EQ(format_number(3717.04), "3717");
  EXPECT_EQ(format_number(37.17), "37.17");
  EXPECT_EQ(format_number(0.125), "0.1250");
  EXPECT_EQ(format_number(0.0), "0.0000");
  EXPECT_EQ(format_number(-12.345), "-12.35");
  EXPECT_EQ(format_number(1.25e-7), "1.25e-07");
  EXPECT_EQ(format_number(kNaN), "–");
}

TEST(Numbers, IntervalsOnlyWhereTheyExist) {
  EXPECT_EQ(format_estimate({10.0, 9.0, 11.0, 5}), "10.00 [9.000, 11.00]");
  EXPECT_EQ(format_estimate({10.0, kNaN, kNaN, 1}), "10.00");
  EXPECT_EQ(format_estimate({kNaN, kNaN, kNaN, 0}), "–");
}

}  // namespace
}  // namespace pianola::cli
