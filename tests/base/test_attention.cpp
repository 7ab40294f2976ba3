// Runs on every platform of the runtime, so it stands on GoogleTest and base's header-only random numbers alone.
#include "pianola/base/attention.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "base/every_target.hpp"
#include "pianola/base/random.hpp"

namespace pianola {
namespace {

std::vector<float> random_floats(std::uint64_t seed, std::size_t n, double scale) {
  std::vector<float> values(n);
  for (std::size_t i = 0; i < n; ++i) {
    values[i] = static_cast<float>(scale * (2.0 * uniform(NoiseKey(seed), i, 0) - 1.0));
  }
  return values;
}

/// Attention of all places in double, without a cache.
std::vector<double> reference(const AttentionShape& s, const std::vector<float>& qkv, std::size_t count, bool causal) {
  const std::size_t width = s.width();
  std::vector<double> out(count * width);
  const auto at = [&](std::size_t row, std::size_t part, std::size_t i) {
    return static_cast<double>(qkv[(row * 3 + part) * width + i]);
  };
  for (std::size_t r = 0; r < count; ++r) {
    const std::size_t seen = causal ? r + 1 : count;
    for (std::size_t first = 0; first < width; first += s.head_width) {
      std::vector<double> weight(seen);
      double total = 0.0;
      for (std::size_t j = 0; j < seen; ++j) {
        double score = 0.0;
        for (std::size_t i = first; i < first + s.head_width; ++i) score += at(r, 0, i) * at(j, 1, i);
        total += weight[j] = std::exp(score);
      }
      for (std::size_t j = 0; j < seen; ++j) {
        for (std::size_t i = first; i < first + s.head_width; ++i) {
          out[r * width + i] += weight[j] / total * at(j, 2, i);
        }
      }
    }
  }
  return out;
}

constexpr AttentionShape kShapes[] = {{1, 1, 3}, {3, 4, 5}, {2, 32, 17}, {4, 20, 40}};

TEST(Attention, IsTheSlowReferenceWholeOrPlaceByPlace) {
  on_every_target([] {
    for (const AttentionShape& shape : kShapes) {
      const std::size_t width = shape.width(), n = shape.places;
      const auto qkv = random_floats(n, n * 3 * width, 1.0);
      std::vector<float> cache(attention_cache_size(shape)), scratch(attention_scratch_size(shape)), out(n * width);
      for (const bool causal : {true, false}) {
        attend(shape, {0, n, causal}, qkv.data(), cache.data(), scratch.data(), out.data());
        const auto expected = reference(shape, qkv, n, causal);
        for (std::size_t i = 0; i < out.size(); ++i) ASSERT_NEAR(out[i], expected[i], 2e-6);
      }
      attend(shape, {0, n, true}, qkv.data(), cache.data(), scratch.data(), out.data());
      std::vector<float> one(width);
      for (std::size_t r = 0; r < n; ++r) {
        attend(shape, {r, 1, true}, &qkv[r * 3 * width], cache.data(), scratch.data(), one.data());
        for (std::size_t i = 0; i < width; ++i) ASSERT_EQ(one[i], out[r * width + i]) << r;
      }
    }
  });
}

TEST(Attention, WhatLiesBehindAPlaceIsNotSeen) {
  const AttentionShape shape{2, 8, 6};
  const auto qkv = random_floats(1, 6 * 48, 1.0);
  std::vector<float> cache(attention_cache_size(shape)), scratch(attention_scratch_size(shape)), a(16), b(16);
  attend(shape, {0, 1, true}, qkv.data(), cache.data(), scratch.data(), a.data());
  std::vector<float> bad(48, std::numeric_limits<float>::quiet_NaN());
  attend(shape, {5, 1, true}, bad.data(), cache.data(), scratch.data(), b.data());
  attend(shape, {0, 1, true}, qkv.data(), cache.data(), scratch.data(), b.data());
  EXPECT_EQ(a, b);
}

TEST(Attention, LargeScoresDoNotOverflow) {
  const AttentionShape shape{1, 2, 2};
  const std::vector<float> qkv{1e4F, 0, 1e4F, 0, 1, 2, 1e4F, 0, -1e4F, 0, 3, 4};
  std::vector<float> cache(attention_cache_size(shape)), scratch(attention_scratch_size(shape)), out(4);
  attend(shape, {0, 2, true}, qkv.data(), cache.data(), scratch.data(), out.data());
  EXPECT_EQ(out, (std::vector<float>{1, 2, 1, 2}));
}

TEST(Normalisation, RowsHaveMeanZeroAndVarianceOne) {
  on_every_target([] {
    for (const std::size_t width : {1U, 3U, 16U, 37U, 128U}) {
      const auto x = random_floats(width, 3 * width, 5.0);
      std::vector<float> y(x.size());
      normalise_rows(x.data(), 3, width, y.data());
      for (std::size_t row = 0; row < 3; ++row) {
        double mean = 0.0, variance = 0.0;
        for (std::size_t i = 0; i < width; ++i)
          mean += static_cast<double>(x[row * width + i]) / static_cast<double>(width);
        for (std::size_t i = 0; i < width; ++i) {
          const double apart = static_cast<double>(x[row * width + i]) - mean;
          variance += apart * apart / static_cast<double>(width);
        }
        for (std::size_t i = 0; i < width; ++i) {
          const double wanted = (static_cast<double>(x[row * width + i]) - mean) / std::sqrt(variance + 1e-5);
          ASSERT_NEAR(y[row * width + i], wanted, 3e-6);
        }
      }
    }
  });
}

TEST(Normalisation, NumbersBeyondFloatAreNotTakenForZeros) {
  std::vector<float> x{3e38F, -3e38F, 0.0F};
  normalise_rows(x.data(), 1, 3, x.data());
  for (const float value : x) EXPECT_TRUE(std::isnan(value));
}

TEST(Normalisation, ConstantRowsBecomeZeroAndPlaceDoesNotMatter) {
  std::vector<float> x(20, 7.0F);
  normalise_rows(x.data(), 1, 20, x.data());
  for (const float value : x) EXPECT_EQ(value, 0.0F);
}

}  // namespace
}  // namespace pianola
