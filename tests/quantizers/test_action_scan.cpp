#include "pianola/quantizers/action_scan.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "pianola/base/error.hpp"
#include "pianola/data/order_statistics.hpp"
#include "property.hpp"
#include "quantizers/action_samples.hpp"

namespace pianola {
namespace {

using testing::MemoryActions;

TEST(ActionScan, VisitsEverythingInOrder) {
  const MemoryActions data(2, {{1, 2, 3, 4}, {5, 6}});
  std::vector<double> seen;
  EXPECT_EQ(scan_actions(data, "test", [&](std::span<const double> a) { seen.insert(seen.end(), a.begin(), a.end()); }),
            3U);
  EXPECT_EQ(seen, (std::vector<double>{1, 2, 3, 4, 5, 6}));
}

TEST(ActionScan, NamesThePlaceOfABadNumber) {
  const MemoryActions data(2, {{1, 2, 3, 4}, {5, 6, 7, std::nan("")}});
  try {
    data_range(data, "quantizer 'uniform'");
    FAIL();
  } catch (const DataError& error) {
    const std::string message = error.what();
    EXPECT_NE(message.find("quantizer 'uniform'"), std::string::npos) << message;
    EXPECT_NE(message.find("trajectory 1, row 1, dimension 1 is nan"), std::string::npos) << message;
  }
  const MemoryActions infinite(1, {{std::numeric_limits<double>::infinity()}});
  EXPECT_THROW(data_range(infinite, "test"), DataError);
}

TEST(ActionScan, NoRowsAreAnError) {
  EXPECT_THROW(data_range(MemoryActions(2, {}), "test"), DataError);
  EXPECT_THROW(data_range(MemoryActions(2, {{}, {}}), "test"), DataError);
}

TEST(ActionScan, RangeIsMinimumAndMaximum) {
  const MemoryActions data(2, {{1, -2, 3, 4}, {-5, 6}});
  EXPECT_EQ(data_range(data, "test"), (ActionRange{{-5, -2}, {3, 6}}));
}

TEST(ActionScan, QuantilesAreThoseOfAColumnInMemory) {
  test::property("quantiles equal those of a column in memory, ties, signs, zeros and magnitudes included", [] {
    const auto dim = *rc::gen::inRange<std::size_t>(1, 4);
    const auto rows = *rc::gen::inRange<std::size_t>(1, 60);
    const auto exponents = *rc::gen::container<std::vector<int>>(rows * dim, rc::gen::inRange(-300, 300));
    const auto mantissas = *rc::gen::container<std::vector<int>>(rows * dim, rc::gen::inRange(-3, 4));
    std::vector<double> values(rows * dim);
    const bool tied = *rc::gen::arbitrary<bool>();
    for (std::size_t i = 0; i < values.size(); ++i)
      values[i] = tied ? mantissas[i] : std::ldexp(mantissas[i] + 0.1, exponents[i]);
    const double p = *rc::gen::inRange(0, 501) / 1000.0;
    const MemoryActions data(dim, {values});
    const std::vector<double> wanted{p, 1.0 - p};
    const auto got = data_quantiles(data, "test", wanted);
    for (std::size_t d = 0; d < dim; ++d) {
      std::vector<double> column;
      for (std::size_t r = 0; r < rows; ++r) column.push_back(values[r * dim + d]);
      RC_ASSERT(got[d] == exact_quantiles(column, wanted));
    }
  });
}

TEST(ActionScan, QuantilesCrossTrajectories) {
  const MemoryActions data(1, {{4, 1}, {3}, {2, 5}});
  const auto got = data_quantiles(data, "test", std::vector<double>{0.0, 0.25, 0.5, 0.6, 1.0});
  EXPECT_EQ(got, (std::vector<std::vector<double>>{{1.0, 2.0, 3.0, 3.4, 5.0}}));
}

}  // namespace
}  // namespace pianola
