#include "pianola/data/order_statistics.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "data/temporary_folder.hpp"
#include "pianola/base/error.hpp"
#include "pianola/base/statistics.hpp"
#include "property.hpp"

namespace pianola {
namespace {

const std::vector<double> kLevels{0.0, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 1.0};

std::vector<double> streamed(const std::vector<double>& values, std::size_t columns, std::size_t column,
                             std::span<const double> levels) {
  const std::size_t rows = values.size() / columns;
  StreamedQuantiles quantiles(columns, rows, levels);
  for (int pass = 0; pass < StreamedQuantiles::kPasses; ++pass) {
    for (std::size_t row = 0; row < rows; row += 3) {
      quantiles.add(std::span(values).subspan(row * columns, std::min<std::size_t>(3, rows - row) * columns));
    }
    quantiles.end_pass();
  }
  return quantiles.quantiles()[column];
}

TEST(OrderStatistics, KnownSample) {
  std::vector<double> values{40.0, 10.0, 30.0, 20.0};
  const std::vector<double> levels{0.0, 0.25, 0.5, 1.0};
  EXPECT_EQ(exact_quantiles(values, levels), (std::vector<double>{10.0, 17.5, 25.0, 40.0}));
}

TEST(OrderStatistics, InMemoryAndStreamedAgreeWithSorting) {
  test::property([] {
    const std::vector<double> values = *rc::gen::nonEmpty<std::vector<double>>();
    RC_PRE(std::all_of(values.begin(), values.end(), [](double x) { return std::abs(x) < 1e150; }));
    std::vector<double> copy = values;
    const std::vector<double> exact = exact_quantiles(copy, kLevels);
    const std::vector<double> passes = streamed(values, 1, 0, kLevels);
    for (std::size_t i = 0; i < kLevels.size(); ++i) {
      const double reference = quantile(values, kLevels[i]);
      RC_ASSERT(std::abs(exact[i] - reference) <= 1e-12 * std::abs(reference));
      RC_ASSERT(passes[i] == exact[i]);
    }
  });
}

TEST(OrderStatistics, EveryRankOfAwkwardNumbers) {
  // Ties, both zeros, neighbours that differ in the last bit, subnormals, the largest.
  constexpr double kTiny = std::numeric_limits<double>::denorm_min(), kMax = std::numeric_limits<double>::max();
  std::vector<double> values{0.0,   -0.0, 1.0,  1.0, std::nextafter(1.0, 2.0), -1.0, kTiny, -kTiny, kMax,
                             -kMax, 1.0,  -1.0, 2.0};
  std::vector<double> levels;
  for (std::size_t i = 0; i < values.size(); ++i) {
    levels.push_back(static_cast<double>(i) / static_cast<double>(values.size() - 1));
  }
  const std::vector<double> passes = streamed(values, 1, 0, levels);
  std::sort(values.begin(), values.end());
  EXPECT_EQ(passes, values);
}

TEST(OrderStatistics, ColumnsAreIndependent) {
  std::vector<double> values;
  for (int i = 0; i < 101; ++i) values.insert(values.end(), {static_cast<double>(i), 1000.0 - i});
  EXPECT_EQ(streamed(values, 2, 0, kLevels), (std::vector<double>{0, 1, 5, 25, 50, 75, 95, 99, 100}));
  EXPECT_EQ(streamed(values, 2, 1, kLevels), (std::vector<double>{900, 901, 905, 925, 950, 975, 995, 999, 1000}));
}

TEST(OrderStatistics, AStreamThatChangesIsAnError) {
  StreamedQuantiles quantiles(1, 3, kLevels);
  const std::vector<double> two{1.0, 2.0};
  quantiles.add(two);
  test::expect_parts(test::message_of<DataError>([&] { quantiles.end_pass(); }), {"2 rows", "3 are required"});
}

TEST(OrderStatistics, ProbabilitiesAreChecked) {
  const std::vector<double> wrong{1.5};
  EXPECT_THROW(StreamedQuantiles(1, 3, wrong), UsageError);
  EXPECT_THROW(StreamedQuantiles(1, 0, kLevels), UsageError);
}

}  // namespace
}  // namespace pianola
