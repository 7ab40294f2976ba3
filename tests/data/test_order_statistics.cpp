#include "pianola/data/order_statistics.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "pianola/base/statistics.hpp"
#include "property.hpp"

namespace pianola {
namespace {

TEST(OrderStatistics, KnownSample) {
  std::vector<double> values{40.0, 10.0, 30.0, 20.0};
  const std::vector<double> levels{0.0, 0.25, 0.5, 1.0};
  EXPECT_EQ(exact_quantiles(values, levels), (std::vector<double>{10.0, 17.5, 25.0, 40.0}));
}

TEST(OrderStatistics, RanksArePlaced) {
  std::vector<double> values{5.0, 1.0, 4.0, 2.0, 3.0, 0.0};
  const std::vector<std::uint64_t> ranks{0, 3, 5};
  place_ranks(values, ranks);
  for (const std::uint64_t rank : ranks) EXPECT_EQ(values[rank], static_cast<double>(rank));
  place_ranks({}, {});
}

TEST(OrderStatistics, AgreeWithSorting) {
  const std::vector<double> levels{0.0, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 1.0};
  test::property([&] {
    const std::vector<double> values = *rc::gen::nonEmpty<std::vector<double>>();
    RC_PRE(std::all_of(values.begin(), values.end(), [](double x) { return std::abs(x) < 1e150; }));
    std::vector<double> copy = values;
    const std::vector<double> exact = exact_quantiles(copy, levels);
    for (std::size_t i = 0; i < levels.size(); ++i) {
      const double reference = quantile(values, levels[i]);
      RC_ASSERT(std::abs(exact[i] - reference) <= 1e-12 * std::abs(reference));
    }
  });
}

TEST(OrderStatistics, ANumberThatIsNoneLeavesNone) {
  std::vector<double> values{1.0, std::numeric_limits<double>::quiet_NaN(), 0.0};
  const std::vector<double> levels{0.0, 1.0};
  for (const double q : exact_quantiles(values, levels)) EXPECT_TRUE(std::isnan(q));
}

TEST(OrderStatistics, RanksThatQuantilesNeed) {
  const std::vector<double> levels{1.0, 0.5, 0.0};  // any order
  EXPECT_EQ(needed_ranks(levels, 5), (std::vector<std::uint64_t>{0, 2, 4}));
  EXPECT_EQ(needed_ranks(levels, 4), (std::vector<std::uint64_t>{0, 1, 2, 3}));
  EXPECT_EQ(needed_ranks(levels, 1), (std::vector<std::uint64_t>{0}));
  const QuantileRank last(1.0, 4);
  EXPECT_EQ(last.below, 3u);
  EXPECT_EQ(last.between(7.0, std::numeric_limits<double>::quiet_NaN()), 7.0);
}

}  // namespace
}  // namespace pianola
