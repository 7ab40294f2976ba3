#include "pianola/training/batches.hpp"
#include "property.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <numeric>

namespace pianola {
namespace {

std::vector<std::int64_t> rows_from(std::int64_t first, std::size_t count) {
  std::vector<std::int64_t> rows(count);
  std::iota(rows.begin(), rows.end(), first);
  return rows;
}

TEST(Batches, EachEpochSeesEverySampleOnce) {
  test::property("the rows of n consecutive places from a multiple of n are a permutation", [] {
    const auto n = *rc::gen::inRange<std::size_t>(1, 60), batch = *rc::gen::inRange<std::size_t>(1, 100);
    const auto rows = rows_from(7, n);
    Batches batches(rows, batch, NoiseKey(5));
    std::vector<std::int64_t> stream;
    for (std::uint64_t step = 0; stream.size() < 3 * n; ++step) {
      const auto now = batches.rows(step);
      RC_ASSERT(now.size() == batch);
      stream.insert(stream.end(), now.begin(), now.end());
    }
    for (std::size_t epoch = 0; epoch < 3; ++epoch) {
      const auto first = stream.begin() + static_cast<std::ptrdiff_t>(epoch * n);
      std::vector<std::int64_t> seen(first, first + static_cast<std::ptrdiff_t>(n));
      std::sort(seen.begin(), seen.end());
      RC_ASSERT(seen == rows);
    }
  });
}

TEST(Batches, AStepIsAFunctionOfItsNumber) {
  Batches once(rows_from(0, 100), 30, NoiseKey(1)), again(rows_from(0, 100), 30, NoiseKey(1));
  std::map<std::uint64_t, std::vector<std::int64_t>> in_order;
  for (std::uint64_t step = 0; step < 20; ++step) {
    const auto rows = once.rows(step);
    in_order[step].assign(rows.begin(), rows.end());
  }
  for (const std::uint64_t step : {19U, 3U, 10U, 4U, 0U}) {  // as a resumed training would jump
    const auto rows = again.rows(step);
    EXPECT_TRUE(std::equal(rows.begin(), rows.end(), in_order[step].begin())) << step;
  }
}

TEST(Batches, EpochsAndKeysDiffer) {
  Batches one(rows_from(0, 64), 64, NoiseKey(1)), two(rows_from(0, 64), 64, NoiseKey(2));
  const auto copy = [](std::span<const std::int64_t> rows) {
    return std::vector<std::int64_t>(rows.begin(), rows.end());
  };
  const auto first = copy(one.rows(0)), second = copy(one.rows(1)), other = copy(two.rows(0));
  EXPECT_NE(first, second);
  EXPECT_NE(first, other);
}

/// Each sample should stand in each place equally often: χ² over 8 places and 4,000 epochs, 7 degrees of freedom.
TEST(Batches, PermutationsAreFair) {
  Batches batches(rows_from(0, 8), 8, NoiseKey(11));
  std::vector<double> places(8);
  const int epochs = 4000;
  for (int epoch = 0; epoch < epochs; ++epoch) {
    const auto rows = batches.rows(static_cast<std::uint64_t>(epoch));
    ++places[static_cast<std::size_t>(std::find(rows.begin(), rows.end(), 0) - rows.begin())];
  }
  double chi = 0.0;
  for (const double count : places) chi += (count - epochs / 8.0) * (count - epochs / 8.0) / (epochs / 8.0);
  EXPECT_LT(chi, 24.3);  // 0.1 % of fair shuffles exceed it; the key is fixed
}

}  // namespace
}  // namespace pianola
