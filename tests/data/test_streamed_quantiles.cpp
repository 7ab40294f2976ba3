#include "pianola/data/streamed_quantiles.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "data/temporary_folder.hpp"
#include "pianola/base/error.hpp"
#include "pianola/base/parallel.hpp"
#include "pianola/base/random.hpp"
#include "pianola/data/order_statistics.hpp"
#include "property.hpp"

namespace pianola {
namespace {

const std::vector<double> kLevels{0.0, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 1.0};

struct Streamed {
  std::vector<std::vector<double>> quantiles;
  int passes = 0;
};

Streamed stream(std::span<const double> values, std::size_t columns, std::span<const double> levels,
                std::size_t memory) {
  StreamedQuantiles quantiles(columns, levels, memory);
  Streamed out;
  const std::size_t rows = values.size() / columns;
  while (!quantiles.done() && out.passes < 50) {
    for (std::size_t row = 0; row < rows; row += 3) {
      quantiles.add(values.subspan(row * columns, std::min<std::size_t>(3, rows - row) * columns));
    }
    quantiles.end_pass();
    ++out.passes;
  }
  out.quantiles = quantiles.quantiles();
  return out;
}

/// The slow, obvious reference: each column sorted in memory.
std::vector<std::vector<double>> sorted(std::span<const double> values, std::size_t columns,
                                        std::span<const double> levels) {
  std::vector<std::vector<double>> out;
  for (std::size_t d = 0; d < columns; ++d) {
    std::vector<double> column;
    for (std::size_t i = d; i < values.size(); i += columns) column.push_back(values[i]);
    out.push_back(exact_quantiles(column, levels));
  }
  return out;
}

/// Uniform in [0, 1), the same for each call.
std::vector<double> uniforms(std::size_t n) {
  const NoiseKey key = NoiseKey(7).child("numbers");
  std::vector<double> values(n);
  for (std::size_t i = 0; i < n; ++i) values[i] = uniform(key, i, 0);
  return values;
}

TEST(StreamedQuantiles, WhatFitsIntoMemoryTakesOnePass) {
  const std::vector<double> values = uniforms(300);
  const Streamed got = stream(values, 3, kLevels, 300 * sizeof(double));
  EXPECT_EQ(got.passes, 1);
  EXPECT_EQ(got.quantiles, sorted(values, 3, kLevels));
}

TEST(StreamedQuantiles, ATenthOfTheMemoryTakesThreePasses) {
  const std::vector<double> values = uniforms(200'000);
  const Streamed got = stream(values, 2, kLevels, 20'000 * sizeof(double));
  EXPECT_LE(got.passes, 3);
  EXPECT_EQ(got.quantiles, sorted(values, 2, kLevels));
}

TEST(StreamedQuantiles, OrderedAndClusteredNumbersMisleadNoSample) {
  std::vector<double> values = uniforms(40'000);
  std::sort(values.begin(), values.end());
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i % 64 == 0) values[i] = 1e6 + static_cast<double>(i);  // every row of the sample, and no other
  }
  const Streamed got = stream(values, 1, kLevels, 2'000 * sizeof(double));
  EXPECT_EQ(got.quantiles, sorted(values, 1, kLevels));
  EXPECT_LE(got.passes, 8);
}

TEST(StreamedQuantiles, WithoutMemoryOnlyBinsAreLeft) {
  std::vector<double> values = uniforms(5'000);
  for (std::size_t i = 0; i < values.size(); i += 2)
    values[i] = std::ldexp(values[i] - 0.5, static_cast<int>(i % 2000) - 1000);
  const Streamed got = stream(values, 1, kLevels, 0);
  EXPECT_EQ(got.quantiles, sorted(values, 1, kLevels));
  EXPECT_GT(got.passes, 2);
  EXPECT_LE(got.passes, 15);
}

TEST(StreamedQuantiles, EveryRankOfAwkwardNumbers) {
  // Ties, both zeros, neighbours that differ in the last bit, subnormals, the largest; many times each.
  constexpr double kTiny = std::numeric_limits<double>::denorm_min(), kMax = std::numeric_limits<double>::max();
  const std::vector<double> kinds{0.0,   -0.0, 1.0,  1.0, std::nextafter(1.0, 2.0), -1.0, kTiny, -kTiny, kMax,
                                  -kMax, 1.0,  -1.0, 2.0};
  std::vector<double> values, levels;
  for (std::size_t i = 0; i < 50 * kinds.size(); ++i) values.push_back(kinds[i * 7 % kinds.size()]);
  for (std::size_t i = 0; i < values.size(); ++i) {
    levels.push_back(static_cast<double>(i) / static_cast<double>(values.size() - 1));
  }
  const std::vector<double> got = stream(values, 1, levels, 0).quantiles.front();
  EXPECT_EQ(got, sorted(values, 1, levels).front());
}

TEST(StreamedQuantiles, AnyNumbersAnyMemoryAnyThreads) {
  test::property("streamed quantiles are those of the sorted columns", [] {
    const auto columns = *rc::gen::inRange<std::size_t>(1, 12);
    const auto rows = *rc::gen::inRange<std::size_t>(1, 400);
    const auto memory = *rc::gen::inRange<std::size_t>(0, 400);
    std::vector<double> values = *rc::gen::container<std::vector<double>>(rows * columns, rc::gen::arbitrary<double>());
    const bool tied = *rc::gen::arbitrary<bool>();
    for (double& value : values) {
      if (!std::isfinite(value)) value = 0.0;
      if (tied) value = std::round(std::fmod(value, 3.0));
    }
    set_threads(*rc::gen::inRange(1, 3));
    const Streamed got = stream(values, columns, kLevels, memory * columns * sizeof(double) / 4);
    set_threads(0);
    RC_ASSERT(got.quantiles == sorted(values, columns, kLevels));
    RC_ASSERT(got.passes <= 16);
  });
}

TEST(StreamedQuantiles, ManyProbabilities) {
  std::vector<double> values = uniforms(30'000), levels;
  for (double& value : values) value = value * value * value;
  for (int i = 1; i < 1000; ++i) levels.push_back(i / 1000.0);
  const Streamed got = stream(values, 1, levels, 1'000 * sizeof(double));
  EXPECT_EQ(got.quantiles, sorted(values, 1, levels));
}

TEST(StreamedQuantiles, ANumberThatIsNoneLeavesItsColumnNone) {
  std::vector<double> values = uniforms(2'000);
  values[1001] = std::numeric_limits<double>::quiet_NaN();  // which no sample keeps
  const auto got = stream(values, 2, kLevels, 0).quantiles;
  EXPECT_EQ(got[0], sorted(values, 2, kLevels)[0]);
  for (const double q : got[1]) EXPECT_TRUE(std::isnan(q));
}

TEST(StreamedQuantiles, NoColumnsNeedNoPass) {
  StreamedQuantiles none(0, kLevels);
  none.add({});
  none.end_pass();
  EXPECT_TRUE(none.done());
  EXPECT_TRUE(none.quantiles().empty());
}

TEST(StreamedQuantiles, AStreamThatChangesIsAnError) {
  const std::vector<double> first = uniforms(1000), fewer(first.begin(), first.end() - 1);
  std::vector<double> other = first;
  for (double& x : other) x += 10.0;
  for (const std::vector<double>* second : {&fewer, static_cast<const std::vector<double>*>(&other)}) {
    StreamedQuantiles quantiles(1, kLevels, 0);
    quantiles.add(first);
    quantiles.end_pass();
    const std::string message = test::message_of<DataError>([&] {
      while (!quantiles.done()) {
        quantiles.add(*second);
        quantiles.end_pass();
      }
    });
    test::expect_parts(message, {"pass ", "the first 1000", "another program"});
  }
}

TEST(StreamedQuantiles, ArgumentsAreChecked) {
  const std::vector<double> wrong{1.5};
  EXPECT_THROW(StreamedQuantiles(1, wrong), UsageError);
  StreamedQuantiles none(1, kLevels);
  EXPECT_THROW(none.end_pass(), UsageError);
}

}  // namespace
}  // namespace pianola
