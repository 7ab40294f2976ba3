// Runs on every platform of the runtime, so it stands on GoogleTest and base's header-only random numbers alone.
#include "pianola/base/packed_weights.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "base/every_target.hpp"
#include "pianola/base/dense.hpp"
#include "pianola/base/random.hpp"

namespace pianola {
namespace {

constexpr WeightFormat kFormats[] = {WeightFormat::float32, WeightFormat::bfloat16, WeightFormat::int8};

std::vector<float> random_floats(const NoiseKey& key, std::size_t n) {
  std::vector<float> values(n);
  for (std::size_t i = 0; i < n; ++i) values[i] = static_cast<float>(2.0 * uniform(key, i, 0) - 1.0);
  return values;
}

struct Case {
  std::size_t in, out;
  WeightFormat format;
  std::vector<float> weights, bias, x, y;
  std::vector<std::byte> packed;
  static constexpr std::size_t kRows = 23;

  Case(std::size_t in_, std::size_t out_, WeightFormat format_) : in(in_), out(out_), format(format_) {
    const NoiseKey key(1000 * in + out);
    weights = random_floats(key.child("weights"), in * out);
    bias = random_floats(key.child("bias"), out);
    x = random_floats(key.child("x"), kRows * in);
    y = random_floats(key.child("y"), kRows * out);
    packed.resize(packed_weights_size(format, in, out));
    pack_weights(format, weights, bias, in, out, packed);
  }
  [[nodiscard]] PackedProduct product() const { return {format, packed.data(), in, out}; }
};

constexpr std::size_t kShapes[][2] = {{1, 1}, {2, 16}, {3, 17}, {5, 100}, {128, 65}, {7, 130}};

/// Σ in double over the weights as they were packed.
double expected(const Case& c, std::size_t row, std::size_t o) {
  double sum = static_cast<double>(c.bias[o]);
  for (std::size_t k = 0; k < c.in; ++k) {
    sum += static_cast<double>(packed_weight(c.format, c.packed.data(), c.in, o, k)) *
           static_cast<double>(c.x[row * c.in + k]);
  }
  return sum;
}

TEST(PackedWeights, ProductsAreThoseOfTheSlowReference) {
  on_every_target([] {
    for (const WeightFormat format : kFormats) {
      for (const auto& [in, out] : kShapes) {
        const Case c(in, out, format);
        std::vector<float> y(Case::kRows * out, std::numeric_limits<float>::quiet_NaN()), sum = c.y;
        multiply(c.product(), c.x.data(), Case::kRows, y.data());
        multiply_add(c.product(), c.x.data(), Case::kRows, sum.data());
        for (std::size_t i = 0; i < y.size(); ++i) {
          const double wanted = expected(c, i / out, i % out), tolerance = 1e-7 * static_cast<double>(in + 8);
          ASSERT_NEAR(y[i], wanted, tolerance) << in << "→" << out << " format " << static_cast<int>(format);
          ASSERT_NEAR(sum[i], wanted + static_cast<double>(c.y[i]), tolerance);
        }
      }
    }
  });
}

TEST(PackedWeights, Float32IsDenseBitForBit) {
  const Case c(37, 70, WeightFormat::float32);
  std::vector<float> packed(packed_dense_size(c.in, c.out)), y(Case::kRows * c.out), dense_y(y.size());
  pack_dense(c.weights, c.bias, c.in, c.out, packed);
  ASSERT_EQ(packed.size() * sizeof(float), c.packed.size());
  EXPECT_EQ(std::memcmp(packed.data(), c.packed.data(), c.packed.size()), 0);
  multiply(c.product(), c.x.data(), Case::kRows, y.data());
  dense(packed.data(), c.in, c.out, Activation::none, c.x.data(), Case::kRows, dense_y.data());
  EXPECT_EQ(y, dense_y);
}

TEST(PackedWeights, ARowsBitsDependNotOnItsBatch) {
  on_every_target([] {
    for (const WeightFormat format : kFormats) {
      for (const auto& [in, out] : kShapes) {
        const Case c(in, out, format);
        std::vector<float> whole = c.y, one = c.y;
        multiply_add(c.product(), c.x.data(), Case::kRows, whole.data());
        for (std::size_t r = 0; r < Case::kRows; ++r) multiply_add(c.product(), &c.x[r * in], 1, &one[r * out]);
        ASSERT_EQ(whole, one);
      }
    }
  });
}

TEST(PackedWeights, TheFirstOutputsCanBeComputedAlone) {
  for (const WeightFormat format : kFormats) {
    const Case c(9, 50, format);
    PackedProduct part = c.product();
    std::vector<float> all(50), some(21);
    multiply(part, c.x.data(), 1, all.data());
    part.out = 21;
    multiply(part, c.x.data(), 1, some.data());
    for (std::size_t o = 0; o < 21; ++o) EXPECT_EQ(some[o], all[o]);
  }
}

TEST(PackedWeights, RoundingStaysWithinItsBounds) {
  const Case brief(64, 33, WeightFormat::bfloat16), bytes(64, 33, WeightFormat::int8);
  for (std::size_t o = 0; o < 33; ++o) {
    float largest = 0.0F;
    for (std::size_t k = 0; k < 64; ++k) largest = std::max(largest, std::fabs(brief.weights[o * 64 + k]));
    for (std::size_t k = 0; k < 64; ++k) {
      const float w = brief.weights[o * 64 + k];
      EXPECT_LE(std::fabs(packed_weight(brief.format, brief.packed.data(), 64, o, k) - w), std::fabs(w) / 255.9F);
      EXPECT_LE(std::fabs(packed_weight(bytes.format, bytes.packed.data(), 64, o, k) - w), largest / 253.9F);
    }
  }
}

TEST(PackedWeights, BriefNumbersRoundToTheNearest) {
  const float most = std::numeric_limits<float>::max();
  const std::vector<float> weights{1.0F + 0x1p-8F, 0.0F, 1.0F + 0x3p-8F, -0.0F, most, most, -most, 1e-30F};
  std::vector<std::byte> packed(packed_weights_size(WeightFormat::bfloat16, 8, 1));
  pack_weights(WeightFormat::bfloat16, weights, {}, 8, 1, packed);
  const auto at = [&](std::size_t k) { return packed_weight(WeightFormat::bfloat16, packed.data(), 8, 0, k); };
  EXPECT_EQ(at(0), 1.0F) << "even inputs: ties to even";
  EXPECT_LT(std::fabs(at(1)), 1e-38F) << "odd inputs: what lies below is a number too small to matter";
  EXPECT_EQ(at(2), 1.0F + 0x4p-8F);
  EXPECT_LT(std::fabs(at(3)), 1e-38F);
  for (const std::size_t k : {4U, 5U, 6U}) EXPECT_TRUE(std::isfinite(at(k))) << k;
  EXPECT_NEAR(at(7), 1e-30F, 1e-30F / 255.9F);
  EXPECT_TRUE(all_finite(WeightFormat::bfloat16, 8, 1, packed));
}

TEST(PackedWeights, ARowOfZerosStaysZero) {
  std::vector<std::byte> packed(packed_weights_size(WeightFormat::int8, 3, 1));
  pack_weights(WeightFormat::int8, std::vector<float>(3), {}, 3, 1, packed);
  const float x[3] = {1.0F, 2.0F, 3.0F};
  float y = 1.0F;
  multiply({WeightFormat::int8, packed.data(), 3, 1}, x, 1, &y);
  EXPECT_EQ(y, 0.0F);
}

TEST(PackedWeights, EveryNumberThatIsNotFiniteIsSeen) {
  for (const WeightFormat format : kFormats) {
    Case c(5, 18, format);
    ASSERT_TRUE(all_finite(format, 5, 18, c.packed));
    EXPECT_FALSE(all_finite(format, 5, 17 + 16, c.packed));
    const auto with = [&](std::size_t at, std::uint32_t bits, std::size_t width) {
      std::vector<std::byte> bytes = c.packed;
      std::memcpy(&bytes[at], &bits, width);
      return all_finite(format, 5, 18, bytes);
    };
    EXPECT_FALSE(with(4, 0x7F800000U, 4));  // a bias
    if (format == WeightFormat::int8) {
      EXPECT_FALSE(with(64, 0x7FC00000U, 4));  // a factor
      EXPECT_TRUE(with(128, 0x7FC00000U, 4));  // bytes are numbers whatever they are
    }
    if (format == WeightFormat::float32) {
      EXPECT_FALSE(with(68, 0xFF800000U, 4));
    }
    if (format == WeightFormat::bfloat16) {
      EXPECT_FALSE(with(68, 0x7F80U, 2));
      EXPECT_FALSE(with(70, 0xFFC0U, 2));
    }
  }
}

}  // namespace
}  // namespace pianola
