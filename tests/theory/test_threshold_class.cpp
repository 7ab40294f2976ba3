#include "pianola/theory/threshold_class.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "pianola/base/error.hpp"
#include "pianola/base/statistics.hpp"

namespace pianola {
namespace {

TEST(ThresholdClass, ErrorIsOneOverN) {
  // The gap below the truth among n uniform numbers has mean about 1/n.
  const Estimate error = mean_estimate(threshold_errors(50, 4096, 20'000, NoiseKey(2)), 0.9999);
  EXPECT_LE(error.low, 1.0 / 50.0);
  EXPECT_GE(error.high, 0.98 / 51.0);
}

TEST(ThresholdClass, FewMembersAreLearnedExactly) {
  for (const double error : threshold_errors(500, 8, 100, NoiseKey(2))) EXPECT_EQ(error, 0.0);
  EXPECT_THROW((void)threshold_errors(5, 2, 1, NoiseKey(2)), UsageError);
}

TEST(ThresholdClass, ErrorsAreMultiplesOfTheGrid) {
  const auto errors = threshold_errors(3, 16, 200, NoiseKey(4));
  for (const double error : errors) EXPECT_EQ(16.0 * error, static_cast<int>(16.0 * error));
  EXPECT_GT(std::ranges::max(errors), 0.0);
}

}  // namespace
}  // namespace pianola
