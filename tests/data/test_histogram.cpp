#include "pianola/data/histogram.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>

#include "pianola/base/random.hpp"

namespace pianola {
namespace {

Histogram histogram_of(const std::vector<double>& values, std::size_t most) {
  GrowingHistogram growing;
  for (const double value : values) growing.add(value);
  return growing.histogram(most);
}

/// Bin by bin, from the numbers themselves.
std::vector<std::uint64_t> recount(const std::vector<double>& values, const Histogram& h) {
  std::vector<std::uint64_t> counts(h.counts.size());
  for (const double value : values) {
    ++counts[static_cast<std::size_t>(std::floor(value / h.width) - h.low / h.width)];
  }
  return counts;
}

TEST(Histogram, CountsAreThoseOfTheNumbers) {
  std::vector<double> values;
  const NoiseKey key(3);
  for (std::uint32_t i = 0; i < 5000; ++i) values.push_back(0.3 + 2.0 * normal(key, 0, i, 0));
  const Histogram h = histogram_of(values, 16);
  EXPECT_GE(h.counts.size(), 8u);
  EXPECT_LE(h.counts.size(), 16u);
  EXPECT_EQ(h.counts, recount(values, h));
  EXPECT_GT(h.counts.front(), 0u);
  EXPECT_GT(h.counts.back(), 0u);
}

RC_GTEST_PROP(Histogram, DoesNotDependOnTheOrderOfTheNumbers, (std::vector<std::int16_t> small, int exponent)) {
  RC_PRE(!small.empty());
  std::vector<double> values;
  for (const auto x : small) values.push_back(std::ldexp(static_cast<double>(x) + 0.125, exponent % 60));
  const Histogram h = histogram_of(values, 20);
  std::reverse(values.begin(), values.end());
  RC_ASSERT(histogram_of(values, 20) == h);
  std::sort(values.begin(), values.end());
  RC_ASSERT(histogram_of(values, 20) == h);
  RC_ASSERT(std::accumulate(h.counts.begin(), h.counts.end(), std::uint64_t{0}) == values.size());
  RC_ASSERT(h.counts.size() <= 20u);
  if (h.width > 0.0) RC_ASSERT(h.counts == recount(values, h));
}

TEST(Histogram, ExtremeNumbers) {
  EXPECT_TRUE(histogram_of({}, 8).counts.empty());
  EXPECT_EQ(histogram_of({2.5, 2.5, 2.5}, 8), (Histogram{2.5, 0.0, {3}}));
  const double huge = std::numeric_limits<double>::max(), tiny = std::numeric_limits<double>::denorm_min();
  for (const auto& values : std::vector<std::vector<double>>{{-huge, 0.0, huge},
                                                             {0.0, tiny},
                                                             {1.0, std::nextafter(1.0, 2.0)},
                                                             {-tiny, tiny, huge},
                                                             {1e300, std::nextafter(1e300, 2e300), 1e-300}}) {
    const Histogram h = histogram_of(values, 8);
    EXPECT_LE(h.counts.size(), 8u);
    EXPECT_EQ(std::accumulate(h.counts.begin(), h.counts.end(), std::uint64_t{0}), values.size());
  }
}

TEST(Histogram, ColumnsAreApart) {
  ColumnHistograms columns(2);
  columns.add(std::vector<double>{0.0, 5.0, 1.0, 5.0});
  columns.add(std::vector<double>{7.0, 5.0});
  const auto list = columns.histograms(8);
  ASSERT_EQ(list.size(), 2u);
  EXPECT_EQ(list[0], (Histogram{0.0, 1.0, {1, 1, 0, 0, 0, 0, 0, 1}}));
  EXPECT_EQ(list[1], (Histogram{5.0, 0.0, {3}}));
}

TEST(Histogram, Sparkline) {
  const std::vector<std::uint64_t> counts{1, 0, 800, 400, 100};
  EXPECT_EQ(sparkline(counts), "▁ █▄▁");
  EXPECT_EQ(sparkline({}), "");
}

}  // namespace
}  // namespace pianola
