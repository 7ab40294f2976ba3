#include "pianola/quantizers/lloyd.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "pianola/base/parallel.hpp"
#include "pianola/quantizers/nearest_code.hpp"
#include "property.hpp"

namespace pianola {
namespace {

std::vector<float> clustered_rows(std::size_t n, std::size_t dim, std::uint64_t seed, double offset = 0.0) {
  const NoiseKey key(seed);
  std::vector<float> rows(n * dim);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const double centre = 4.0 * normal(key, i / dim % 5, 1, static_cast<std::uint32_t>(i % dim));
    rows[i] = static_cast<float>(offset + centre + normal(key, i, 0));
  }
  return rows;
}

std::vector<float> first_rows(const std::vector<float>& rows, std::size_t values) {
  return {rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(values)};
}

void expect_same(const LloydResult& a, const LloydResult& b) {
  EXPECT_EQ(a.codes, b.codes);
  EXPECT_EQ(a.tokens, b.tokens);
  EXPECT_EQ(a.counts, b.counts);
  EXPECT_EQ(a.inertia, b.inertia);
  EXPECT_EQ(a.iterations, b.iterations);
}

TEST(Lloyd, PruningChangesNoBit) {
  test::property("pruned = plain", [] {
    const auto dim = *rc::gen::inRange<std::size_t>(1, 9), k = *rc::gen::inRange<std::size_t>(1, 40);
    const auto rows = clustered_rows(700, dim, *rc::gen::arbitrary<std::uint64_t>(), *rc::gen::inRange(-100, 100));
    const auto starts = random_rows(rows, dim, k, NoiseKey(2));
    expect_same(lloyd(rows, dim, starts, NoiseKey(1), {30, true}), lloyd(rows, dim, starts, NoiseKey(1), {30, false}));
  });
}

// Sorted numbers, and, once two codes are too near to be told apart from the farthest row, all of them again.
TEST(Lloyd, SortingSingleNumbersChangesNoBit) {
  for (const float far : {0.0F, 1e15F}) {
    auto rows = clustered_rows(5000, 1, 11);
    for (float& x : rows) x *= 1e-3F;
    rows.push_back(far);
    const auto starts = random_rows(rows, 1, 60, NoiseKey(5));
    expect_same(lloyd(rows, 1, starts, NoiseKey(1), {40, true}), lloyd(rows, 1, starts, NoiseKey(1), {40, false}));
  }
}

TEST(Lloyd, ThreadsChangeNoBit) {
  const auto rows = clustered_rows(60000, 3, 7);
  const auto starts = random_rows(rows, 3, 33, NoiseKey(2));
  set_threads(1);
  const LloydResult one = lloyd(rows, 3, starts, NoiseKey(1));
  set_threads(2);
  expect_same(one, lloyd(rows, 3, starts, NoiseKey(1)));
  set_threads(0);
}

// At the end every code is the mean of its rows, and every row has its nearest code.
TEST(Lloyd, ConvergesToAFixedPoint) {
  const std::size_t dim = 4, k = 12;
  const auto rows = clustered_rows(3000, dim, 3);
  const LloydResult result = lloyd(rows, dim, first_rows(rows, k * dim), NoiseKey(1), {1000, true});
  ASSERT_TRUE(result.converged);
  std::vector<std::uint32_t> nearest(3000);
  nearest_codes(Codebook(result.codes, dim), rows, std::span(nearest));
  EXPECT_EQ(nearest, result.tokens);
  std::vector<double> sums(k * dim);
  double inertia = 0.0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::size_t at = result.tokens[i / dim] * dim + i % dim;
    sums[at] += static_cast<double>(rows[i]);
    inertia += std::pow(static_cast<double>(rows[i]) - static_cast<double>(result.codes[at]), 2);
  }
  for (std::size_t i = 0; i < sums.size(); ++i) {
    ASSERT_GT(result.counts[i / dim], 0U);
    EXPECT_NEAR(sums[i] / result.counts[i / dim], static_cast<double>(result.codes[i]), 1e-6);
  }
  EXPECT_NEAR(result.inertia, inertia, 1e-9 * inertia);
}

TEST(Lloyd, InertiaNeverGrows) {
  const auto rows = clustered_rows(2000, 2, 5);
  double before = HUGE_VAL;
  for (std::size_t iterations = 1; iterations < 12; ++iterations) {
    const LloydResult result = lloyd(rows, 2, first_rows(rows, 40), NoiseKey(1), {iterations, true});
    if (result.reseeded > 0) continue;
    EXPECT_LE(result.inertia, before * (1.0 + 1e-6));
    before = result.inertia;
  }
}

TEST(Lloyd, DeadCodesAreReseeded) {
  const auto rows = clustered_rows(500, 2, 9);
  std::vector<float> starts = first_rows(rows, 10);
  for (std::size_t i = 2; i < 10; ++i) starts[i] = starts[i % 2];  // five equal codes: four have no rows
  const LloydResult result = lloyd(rows, 2, starts, NoiseKey(1));
  EXPECT_GE(result.reseeded, 4U);
  EXPECT_EQ(std::count(result.counts.begin(), result.counts.end(), 0U), 0);
}

TEST(Lloyd, WhatCannotLiveStaysDead) {
  const std::vector<float> rows(20, 1.5F);
  const LloydResult result = lloyd(rows, 1, {1.5F, 1.5F, 7.0F}, NoiseKey(1), {10, true});
  EXPECT_EQ(result.counts, (std::vector<std::uint32_t>{20, 0, 0}));
  EXPECT_EQ(result.inertia, 0.0);
  EXPECT_EQ(result.iterations, 10U);
}

TEST(Lloyd, SizesOfAllMagnitudes) {
  for (const double scale : {1e-30, 1e-12, 1.0, 1e12}) {
    std::vector<float> rows = clustered_rows(400, 2, 4);
    for (float& x : rows) x = static_cast<float>(scale * static_cast<double>(x));
    const LloydResult result = lloyd(rows, 2, first_rows(rows, 8), NoiseKey(1), {1, true});
    double sum = 0.0;
    for (std::size_t i = 0; i < rows.size(); i += 2) sum += static_cast<double>(rows[i]);
    double of_codes = 0.0;
    const LloydResult all = lloyd(rows, 2, first_rows(rows, 2), NoiseKey(1), {5, true});
    of_codes = static_cast<double>(all.codes[0]);
    EXPECT_NEAR(of_codes / scale, sum / 400.0 / scale, 1e-6) << scale;
    EXPECT_TRUE(std::isfinite(result.inertia));
  }
}

TEST(Lloyd, RandomRowsAreDifferentRows) {
  std::vector<float> rows(50);
  for (std::size_t i = 0; i < 50; ++i) rows[i] = static_cast<float>(i);
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const auto drawn = random_rows(rows, 1, 30, NoiseKey(seed));
    EXPECT_EQ(std::set<float>(drawn.begin(), drawn.end()).size(), 30U);
  }
  EXPECT_EQ(random_rows(rows, 1, 50, NoiseKey(1)).size(), 50U);
}

TEST(Lloyd, DistinctRowsAreCounted) {
  const std::vector<float> rows{0, 1, -0.0F, 1, 0, 2, 0, 1};
  EXPECT_EQ(distinct_rows(rows, 2, 100), 2U);
  EXPECT_EQ(distinct_rows(rows, 1, 100), 3U);
  EXPECT_EQ(distinct_rows(rows, 1, 2), 2U);
}

}  // namespace
}  // namespace pianola
