#include "pianola/quantizers/dither_noise.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "pianola/base/statistics.hpp"

namespace pianola {
namespace {

struct Chunks {
  std::vector<std::uint64_t> ids;
  std::vector<std::uint32_t> h;
};

Chunks chunks_of(std::size_t n) {
  Chunks of;
  for (std::size_t i = 0; i < n; ++i) {
    of.ids.push_back(i % 3 == 0 ? i / 2 : i * 0x9E3779B97F4A7C15u);
    of.h.push_back(static_cast<std::uint32_t>(i % 7));
  }
  return of;
}

TEST(DitherNoise, IsTheScalarFunctionFromAnyPairOn) {
  const NoiseKey key = NoiseKey(3).child("dither");
  for (const std::size_t width : {1, 2, 3, 7, 64, 129, 780}) {
    const Chunks of = chunks_of(1 + 2000 / width);
    const std::size_t pairs = dither_pairs(width), all = of.ids.size() * pairs;
    for (const std::size_t first : {std::size_t{0}, pairs / 2, all / 3, all - 1, all}) {
      std::vector<double> out(2 * (all - first));
      dither_noise(key, of.ids, of.h, width, first, out);
      for (std::size_t j = 0; j < out.size(); ++j) {
        const std::size_t row = (first + j / 2) / pairs, p = 2 * ((first + j / 2) % pairs) + j % 2;
        ASSERT_EQ(out[j], dither_noise(key, of.ids[row], of.h[row], p)) << width << " " << first << " " << j;
      }
    }
  }
}

TEST(DitherNoise, WritesNothingButItsValues) {
  const Chunks of = chunks_of(5);
  for (std::size_t n = 0; n <= 10; ++n) {
    std::vector<double> out(2 * n + 1, 7.0);
    dither_noise(NoiseKey(1), of.ids, of.h, 3, 0, std::span(out).first(2 * n));
    EXPECT_EQ(out[2 * n], 7.0);
  }
}

TEST(DitherNoise, ValuesOfAChunkAreUniformAndUncorrelated) {
  const std::size_t n = 20000;
  std::vector<std::uint64_t> ids(n);
  std::vector<std::uint32_t> h(n);
  for (std::size_t i = 0; i < n; ++i) ids[i] = i;
  std::vector<double> out(4 * n);
  dither_noise(NoiseKey(4), ids, h, 3, 0, out);
  for (std::size_t a = 0; a < 3; ++a) {
    RunningMean mean;
    for (std::size_t i = 0; i < n; ++i) mean.add(out[4 * i + a]);
    EXPECT_NEAR(mean.mean(), 0.5, 4.0 * std::sqrt(1.0 / 12.0 / n));
    EXPECT_NEAR(mean.variance(), 1.0 / 12.0, 0.002);
    for (std::size_t b = 0; b < a; ++b) {
      RunningMean product;
      for (std::size_t i = 0; i < n; ++i) product.add((out[4 * i + a] - 0.5) * (out[4 * i + b] - 0.5));
      EXPECT_NEAR(product.mean(), 0.0, 4.0 / 12.0 / std::sqrt(static_cast<double>(n)));
    }
  }
}

}  // namespace
}  // namespace pianola
