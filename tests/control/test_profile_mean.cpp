#include "pianola/control/profile_mean.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace pianola {
namespace {

TEST(ProfileMean, EachEntryIsTheEstimateOfItsColumn) {
  ProfileMean profile;
  std::vector<std::vector<double>> columns(3);
  for (std::uint64_t i = 0; i < 37; ++i) {
    std::vector<double> row;
    for (std::uint32_t h = 0; h < 3; ++h) row.push_back(100.0 * h + normal(NoiseKey(1), i, h));
    profile.add(row);
    for (std::size_t h = 0; h < 3; ++h) columns[h].push_back(row[h]);
  }
  const auto estimates = profile.estimates();
  ASSERT_EQ(estimates.size(), 3U);
  for (std::size_t h = 0; h < 3; ++h) {
    const Estimate expected = mean_estimate(columns[h]);
    EXPECT_NEAR(estimates[h].value, expected.value, 1e-11);
    EXPECT_NEAR(estimates[h].low, expected.low, 1e-11);
    EXPECT_NEAR(estimates[h].high, expected.high, 1e-11);
    EXPECT_EQ(estimates[h].n, 37U);
  }
}

TEST(ProfileMean, OneProfileHasNoInterval) {
  ProfileMean profile;
  profile.add(std::vector<double>{1.0, 2.0});
  const auto estimates = profile.estimates();
  EXPECT_EQ(estimates[1].value, 2.0);
  EXPECT_TRUE(std::isnan(estimates[1].low));
}

TEST(ProfileMean, EqualProfilesHaveAnIntervalOfLengthZero) {
  ProfileMean profile;
  for (int i = 0; i < 5; ++i) profile.add(std::vector<double>{0.1});
  EXPECT_EQ(profile.estimates()[0].low, 0.1);
  EXPECT_EQ(profile.estimates()[0].high, 0.1);
}

}  // namespace
}  // namespace pianola
