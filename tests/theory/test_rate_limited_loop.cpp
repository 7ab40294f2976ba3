#include "pianola/theory/rate_limited_loop.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace pianola {
namespace {

std::vector<double> line(std::size_t n) {
  std::vector<double> starts;
  for (std::size_t i = 0; i < n; ++i)
    starts.push_back(-1.0 + 2.0 * (static_cast<double>(i) + 0.5) / static_cast<double>(n));
  return starts;
}

TEST(RateLimitedLoop, CountsCellsAndBits) {
  EXPECT_EQ(fewest_cells(2.0, 3), 8U);
  EXPECT_EQ(fewest_cells(-2.5, 1), 3U);
  EXPECT_EQ(fewest_cells(0.5, 4), 1U) << "a stable plant needs no bits";
  EXPECT_DOUBLE_EQ((RateLimitedLoop{2.0, 8, 3}.bits_a_step()), 1.0);
}

TEST(RateLimitedLoop, CellsHaveTheirCentres) {
  EXPECT_DOUBLE_EQ(cell_centre(-1.0, 4), -0.75);
  EXPECT_DOUBLE_EQ(cell_centre(0.0, 4), 0.25);
  EXPECT_DOUBLE_EQ(cell_centre(9.0, 4), 0.75) << "saturated";
}

TEST(RateLimitedLoop, IsKeptAtTheRateAndLostBelow) {
  const auto starts = line(1000);
  EXPECT_EQ(diverged_share({2.5, 3, 1}, starts, 200, 25.0), 0.0);
  EXPECT_EQ(diverged_share({-2.5, 3, 1}, starts, 200, 25.0), 0.0);
  EXPECT_GT(diverged_share({2.5, 2, 1}, starts, 200, 25.0), 0.9);
  EXPECT_EQ(diverged_share({0.9, 1, 1}, starts, 200, 2.0), 0.0);
}

TEST(RateLimitedLoop, OutsideTheRangeNothingHelps) {
  const std::vector<double> far{2.5};
  EXPECT_EQ(diverged_share({2.0, 1U << 20, 1}, far, 100, 100.0), 1.0);
}

}  // namespace
}  // namespace pianola
