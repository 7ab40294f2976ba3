#include "pianola/data/column_statistics.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "pianola/base/random.hpp"
#include "property.hpp"

namespace pianola {
namespace {

TEST(ColumnStatistics, AnyBlocksGiveTheReference) {
  test::property([] {
    const std::size_t columns = *rc::gen::inRange<std::size_t>(1, 4), rows = *rc::gen::inRange<std::size_t>(1, 60);
    const std::size_t block = *rc::gen::inRange<std::size_t>(1, 20);
    std::vector<double> values(rows * columns);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = 1e6 + std::round(4.0 * normal(NoiseKey(rows), i, 0));
    ColumnStatistics statistics(columns);
    for (std::size_t row = 0; row < rows; row += block) {
      statistics.add(std::span(values).subspan(row * columns, std::min(block, rows - row) * columns));
    }
    RC_ASSERT(statistics.count() == rows);
    for (std::size_t d = 0; d < columns; ++d) {
      double sum = 0.0, square = 0.0, low = INFINITY, high = -INFINITY;
      std::size_t at_low = 0, at_high = 0;
      for (std::size_t i = 0; i < rows; ++i) sum += values[i * columns + d] - 1e6;
      for (std::size_t i = 0; i < rows; ++i) {
        const double x = values[i * columns + d];
        square += std::pow(x - 1e6 - sum / static_cast<double>(rows), 2);
        low = std::min(low, x);
        high = std::max(high, x);
      }
      for (std::size_t i = 0; i < rows; ++i) {
        at_low += values[i * columns + d] == low;
        at_high += values[i * columns + d] == high;
      }
      RC_ASSERT(std::abs(statistics.mean()[d] - 1e6 - sum / static_cast<double>(rows)) < 1e-9);
      RC_ASSERT(std::abs(statistics.deviation()[d] - std::sqrt(square / static_cast<double>(rows))) < 1e-9);
      RC_ASSERT(statistics.min()[d] == low);
      RC_ASSERT(statistics.max()[d] == high);
      RC_ASSERT(statistics.at_min()[d] == at_low);
      RC_ASSERT(statistics.at_max()[d] == at_high);
    }
  });
}

TEST(ColumnStatistics, NothingYet) {
  const ColumnStatistics statistics(1);
  EXPECT_EQ(statistics.count(), 0u);
  EXPECT_TRUE(std::isnan(statistics.deviation()[0]));
}

TEST(ColumnCorrelation, LinearUnrelatedAndConstantColumns) {
  constexpr std::size_t kRows = 20000;
  const NoiseKey key(3);
  std::vector<double> a, b;
  for (std::size_t i = 0; i < kRows; ++i) {
    const double x = 1e4 + normal(key, i, 0), y = normal(key, i, 1);
    a.insert(a.end(), {x, x, x, x});
    b.insert(b.end(), {3.0 * x - 7.0, -x, y, 5.0});
  }
  ColumnCorrelation correlation(4);
  for (std::size_t i = 0; i < kRows; i += 1000) {
    correlation.add(std::span(a).subspan(4 * i, 4000), std::span(b).subspan(4 * i, 4000));
  }
  const std::vector<double> r = correlation.correlation();
  EXPECT_NEAR(r[0], 1.0, 1e-9);
  EXPECT_NEAR(r[1], -1.0, 1e-9);
  EXPECT_NEAR(r[2], 0.0, 5.0 / std::sqrt(kRows));
  EXPECT_TRUE(std::isnan(r[3]));
}

}  // namespace
}  // namespace pianola
