// Runs on every platform of the runtime, so it stands on GoogleTest and base's header-only random numbers alone.
#include "pianola/base/dense.hpp"

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>

#include "base/every_target.hpp"
#include "pianola/base/random.hpp"

namespace pianola {
namespace {

constexpr std::array kActivations = {Activation::none, Activation::relu, Activation::tanh, Activation::gelu,
                                     Activation::silu};
constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

std::vector<float> random_floats(std::uint64_t seed, std::size_t n, double scale) {
  std::vector<float> values(n);
  for (std::size_t i = 0; i < n; ++i) {
    values[i] = static_cast<float>(scale * (2.0 * uniform(NoiseKey(seed), i, 0) - 1.0));
  }
  return values;
}

struct Case {
  std::size_t in, out;
  std::vector<float> weights, bias, packed, x;
  static constexpr std::size_t kRows = 23;  // three blocks of rows and a rest, on every processor

  Case(std::size_t in_, std::size_t out_, bool biased = true) : in(in_), out(out_) {
    const NoiseKey key(1000 * in + out);
    weights = random_floats(key.child("weights").value(), in * out, 1.0);
    if (biased) bias = random_floats(key.child("bias").value(), out, 1.0);
    x = random_floats(key.child("x").value(), kRows * in, 2.0);
    packed.resize(packed_dense_size(in, out));
    pack_dense(weights, bias, in, out, packed);
  }

  [[nodiscard]] std::vector<float> run(Activation activation, std::size_t first, std::size_t n) const {
    std::vector<float> y(n * out, kNaN);
    dense(packed.data(), in, out, activation, x.data() + first * in, n, y.data());
    return y;
  }

  /// Σ|w x| + |b| of one output: rounding errors of its sum are at most in + 1 units of this.
  [[nodiscard]] double magnitude(std::size_t row, std::size_t o) const {
    double sum = bias.empty() ? 0.0 : std::fabs(static_cast<double>(bias[o]));
    for (std::size_t k = 0; k < in; ++k) {
      sum += std::fabs(static_cast<double>(weights[o * in + k]) * static_cast<double>(x[row * in + k]));
    }
    return sum;
  }
};

void expect_close_to_reference(const Case& c, Activation activation) {
  const std::vector<float> y = c.run(activation, 0, Case::kRows);
  std::vector<float> expected(y.size());
  dense_reference(c.weights, c.bias, c.in, c.out, activation, c.x.data(), Case::kRows, expected.data());
  constexpr double kUnit = 0x1.0p-24;
  constexpr double kLipschitz = 1.13;  // of gelu, the steepest
  for (std::size_t i = 0; i < y.size(); ++i) {
    const double sum_error = static_cast<double>(c.in + 1) * kUnit * c.magnitude(i / c.out, i % c.out);
    const double value = std::fabs(static_cast<double>(expected[i]));
    const double tolerance = 1.01 * kLipschitz * sum_error + 8.0 * kUnit * value + 4e-7;
    ASSERT_NEAR(y[i], expected[i], tolerance) << c.in << "→" << c.out << ", activation " << static_cast<int>(activation)
                                              << ", row " << i / c.out << ", output " << i % c.out;
  }
}

void expect_bits_free_of_batch(const Case& c, Activation activation) {
  const std::vector<float> whole = c.run(activation, 0, Case::kRows);
  for (std::size_t n = 1; n < Case::kRows; ++n) {
    const std::size_t first = 7 * n % (Case::kRows - n + 1);
    const std::vector<float> part = c.run(activation, first, n);
    ASSERT_EQ(0, std::memcmp(part.data(), whole.data() + first * c.out, part.size() * sizeof(float)))
        << c.in << "→" << c.out << ", rows " << first << " … " << first + n;
  }
}

TEST(Dense, AgreesWithTheReferenceForAllShapesAndActivations) {
  on_every_target([] {
    for (const std::size_t in : {0, 1, 3, 11, 130}) {
      for (const std::size_t out : {1, 3, 15, 16, 17, 65, 150, 270}) {
        const Case c(in, out);
        for (const Activation activation : kActivations) expect_close_to_reference(c, activation);
      }
    }
  });
}

TEST(Dense, AgreesWithTheReferenceForRandomShapes) {
  for (std::uint64_t i = 0; i < 30; ++i) {
    const NoiseKey key = NoiseKey(5).child("shape", i);
    const auto in = static_cast<std::size_t>(200.0 * uniform(key, 0, 0));
    const auto out = 1 + static_cast<std::size_t>(200.0 * uniform(key, 1, 0));
    const Case c(in, out, i % 2 == 0);
    expect_close_to_reference(c, kActivations[i % kActivations.size()]);
    expect_bits_free_of_batch(c, kActivations[i % kActivations.size()]);
  }
}

TEST(Dense, RowBitsDoNotDependOnTheBatch) {
  on_every_target([] {
    for (const auto& [in, out] : {std::pair{11, 64}, {64, 3}, {64, 257}, {5, 33}, {0, 7}}) {
      const Case c(static_cast<std::size_t>(in), static_cast<std::size_t>(out));
      for (const Activation activation : kActivations) expect_bits_free_of_batch(c, activation);
    }
  });
}

TEST(Dense, WritesNothingBesideItsOutputs) {
  for (const std::size_t out : {1, 15, 17, 63, 130}) {
    for (const std::size_t n : {0, 1, 5, 6, 7}) {
      const Case c(9, out);
      std::vector<float> y(n * out + 32, -77.0F);
      dense(c.packed.data(), c.in, out, Activation::tanh, c.x.data(), n, y.data() + 16);
      for (std::size_t i = 0; i < 16; ++i) {
        ASSERT_EQ(-77.0F, y[i]);
        ASSERT_EQ(-77.0F, y[16 + n * out + i]);
      }
    }
  }
}

TEST(PackDense, LayoutIsTheDocumentedOneOnEveryMachine) {
  constexpr std::size_t kIn = 3, kOut = 18;
  std::vector<float> weights(kIn * kOut), bias(kOut);
  for (std::size_t i = 0; i < weights.size(); ++i) weights[i] = static_cast<float>(100 + i);
  for (std::size_t i = 0; i < bias.size(); ++i) bias[i] = static_cast<float>(1 + i);
  ASSERT_EQ(32 * (kIn + 1), packed_dense_size(kIn, kOut));
  std::vector<float> packed(packed_dense_size(kIn, kOut), kNaN);
  pack_dense(weights, bias, kIn, kOut, packed);
  for (std::size_t o = 0; o < 32; ++o) {
    const float* const column = packed.data() + o / 16 * 16 * (kIn + 1) + o % 16;
    EXPECT_EQ(o < kOut ? bias[o] : 0.0F, column[0]);
    for (std::size_t k = 0; k < kIn; ++k) EXPECT_EQ(o < kOut ? weights[o * kIn + k] : 0.0F, column[16 * (k + 1)]);
  }
}

std::int64_t ulps(float a, float b) {
  const auto order = [](float x) {
    const auto bits = std::bit_cast<std::int32_t>(x);
    return std::int64_t{bits < 0 ? std::numeric_limits<std::int32_t>::min() - bits : bits};
  };
  return std::abs(order(a) - order(b));
}

TEST(Activate, TanhIsWithinFourUlpEverywhere) {
  on_every_target([] {
    std::vector<float> x;
    for (std::uint32_t bits = 0; bits < std::bit_cast<std::uint32_t>(40.0F); bits += 9973) {
      x.push_back(std::bit_cast<float>(bits));
      x.push_back(-x.back());
    }
    for (float v = 0.1F; v < 10.0F; v = std::nextafter(v * 1.0001F, 20.0F)) x.push_back(v);
    std::vector<float> y = x;
    activate(Activation::tanh, y);
    for (std::size_t i = 0; i < x.size(); ++i) {
      ASSERT_LE(ulps(y[i], static_cast<float>(std::tanh(static_cast<double>(x[i])))), 4) << "tanh " << x[i];
    }
  });
}

TEST(Activate, KeepsLimitsSignsAndNaN) {
  on_every_target([] {
    std::array<float, 8> y = {kInfinity, -kInfinity, kNaN, 0.0F, -0.0F, 1e30F, -1e30F, 1e-40F};
    activate(Activation::tanh, y);
    EXPECT_EQ(1.0F, y[0]);
    EXPECT_EQ(-1.0F, y[1]);
    EXPECT_TRUE(std::isnan(y[2]));
    EXPECT_EQ(0.0F, y[3]);
    EXPECT_TRUE(y[4] == 0.0F && std::signbit(y[4]));
    EXPECT_EQ(1.0F, y[5]);
    EXPECT_EQ(-1.0F, y[6]);
    EXPECT_EQ(1e-40F, y[7]);
    for (const Activation activation : {Activation::relu, Activation::gelu, Activation::silu}) {
      std::array<float, 4> z = {kNaN, 1e30F, -1e30F, 0.0F};
      activate(activation, z);
      EXPECT_TRUE(std::isnan(z[0])) << static_cast<int>(activation);
      EXPECT_EQ(1e30F, z[1]);
      EXPECT_NEAR(0.0F, z[2], 1e-6F);
      EXPECT_EQ(0.0F, z[3]);
    }
  });
}

TEST(Activate, GeluAndSiluFollowTheirDefinitions) {
  on_every_target([] {
    std::vector<float> x;
    for (float v = -20.0F; v < 20.0F; v += 0.0037F) x.push_back(v);
    std::vector<float> gelu = x, silu = x;
    activate(Activation::gelu, gelu);
    activate(Activation::silu, silu);
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double v = x[i];
      const double scale = std::max(1.0, std::fabs(v));
      ASSERT_NEAR(gelu[i], v * 0.5 * std::erfc(-v / std::sqrt(2.0)), 4e-7 * scale) << v;
      ASSERT_NEAR(silu[i], v / (1.0 + std::exp(-v)), 4e-7 * scale) << v;
    }
  });
}

TEST(SoftmaxWeights, AreTheExponentials) {
  on_every_target([] {
    for (const std::size_t n : {1, 5, 16, 17, 100}) {
      for (const double temperature : {1.0, 0.7, 30.0, 1e-3}) {
        std::vector<float> values = random_floats(n, n, 40.0), weights(n + 1, kNaN);
        const float largest = values[argmax(values)];
        softmax_weights(values, largest, temperature, weights.data());
        for (std::size_t k = 0; k < n; ++k) {
          const double x = (static_cast<double>(values[k]) - static_cast<double>(largest)) / temperature;
          const double expected = x < -87.0 ? 0.0 : std::exp(x), unit = 0x1.0p-23;
          ASSERT_NEAR(expected, weights[k], expected * unit * (2.0 + std::fabs(x)) + (x < -86.99 ? 2e-38 : 0.0)) << x;
        }
        EXPECT_TRUE(std::isnan(weights[n])) << "nothing is written beside them";
      }
    }
  });
}

TEST(SoftmaxWeights, ExtremesAreZeroOrOne) {
  on_every_target([] {
    const float large = std::numeric_limits<float>::max();
    const std::vector<float> values = {-kInfinity, -large, large, large, 0.0F};
    for (const double temperature : {1e-45, 1e-9, 1.0}) {
      std::vector<float> weights(5);
      softmax_weights(values, large, temperature, weights.data());
      EXPECT_EQ(weights, (std::vector<float>{0.0F, 0.0F, 1.0F, 1.0F, 0.0F})) << temperature;
    }
    std::vector<float> weights(2);
    softmax_weights(std::vector<float>{-kInfinity, 1.0F}, 1.0F, 1e300, weights.data());
    EXPECT_EQ(weights, (std::vector<float>{0.0F, 1.0F}));
  });
}

TEST(LogSumExp, IsStableAndExactToRounding) {
  on_every_target([] {
    for (const std::size_t n : {1, 2, 7, 16, 17, 256, 1001}) {
      for (const double shift : {0.0, 1000.0, -1000.0}) {
        std::vector<float> values = random_floats(n, n, 20.0);
        for (float& value : values) value += static_cast<float>(shift);
        long double sum = 0.0L;
        for (const float value : values) sum += std::exp(static_cast<long double>(value) - shift);
        ASSERT_NEAR(static_cast<double>(std::log(sum)) + shift, log_sum_exp(values), 2e-7) << n << ", " << shift;
      }
    }
  });
}

TEST(LogSumExp, LimitsAreThoseOfTheSum) {
  EXPECT_EQ(-std::numeric_limits<double>::infinity(), log_sum_exp({}));
  EXPECT_EQ(-std::numeric_limits<double>::infinity(), log_sum_exp(std::vector<float>(5, -kInfinity)));
  EXPECT_EQ(std::numeric_limits<double>::infinity(), log_sum_exp(std::vector<float>{1.0F, kInfinity}));
  EXPECT_NEAR(2.0, log_sum_exp(std::vector<float>{-kInfinity, 2.0F, -kInfinity}), 1e-7);
  for (std::size_t n = 1; n < 20; ++n) {
    std::vector<float> values(n, -kInfinity);
    values[n / 2] = kNaN;
    EXPECT_TRUE(std::isnan(log_sum_exp(values))) << n;
  }
}

TEST(Argmax, FindsTheFirstLargest) {
  on_every_target([] {
    for (std::size_t n = 1; n < 70; ++n) {
      std::vector<float> values = random_floats(n, n, 1.0);
      for (std::size_t at = 0; at < n; ++at) {
        std::vector<float> peak = values;
        peak[at] = 3.0F;
        if (at + 2 < n) peak[at + 2] = 3.0F;
        ASSERT_EQ(at, argmax(peak)) << "of " << n;
      }
      EXPECT_EQ(0U, argmax(std::vector<float>(n, -kInfinity)));
    }
  });
}

}  // namespace
}  // namespace pianola
