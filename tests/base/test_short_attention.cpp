#include "pianola/base/short_attention.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "pianola/base/random.hpp"

namespace pianola {
namespace {

std::vector<float> numbers(std::size_t count, std::uint64_t seed) {
  std::vector<float> out;
  for (std::size_t i = 0; i < count; ++i) out.push_back(static_cast<float>(normal(NoiseKey(seed), i, 0)));
  return out;
}

struct Sizes {
  AttentionShape shape;
  std::size_t rows;
  [[nodiscard]] std::size_t outputs() const { return rows * shape.places * shape.heads * shape.width; }
};

/// Σ g·o in double, straight from the formulas.
double weighted_output(const Sizes& z, const std::vector<float>& qkv, const std::vector<float>& g,
                       std::vector<double>* out) {
  const auto [places, heads, width, causal] = z.shape;
  const auto at = [&](std::size_t row, std::size_t place, std::size_t part, std::size_t head, std::size_t d) {
    return static_cast<double>(qkv[(((row * places + place) * 3 + part) * heads + head) * width + d]);
  };
  double sum = 0.0;
  for (std::size_t row = 0; row < z.rows; ++row) {
    for (std::size_t i = 0; i < places; ++i) {
      for (std::size_t h = 0; h < heads; ++h) {
        std::vector<double> w;
        double total = 0.0;
        for (std::size_t j = 0; j < (causal ? i + 1 : places); ++j) {
          double score = 0.0;
          for (std::size_t d = 0; d < width; ++d) score += at(row, i, 0, h, d) * at(row, j, 1, h, d);
          w.push_back(std::exp(score / std::sqrt(static_cast<double>(width))));
          total += w.back();
        }
        for (std::size_t d = 0; d < width; ++d) {
          double o = 0.0;
          for (std::size_t j = 0; j < w.size(); ++j) o += w[j] / total * at(row, j, 2, h, d);
          if (out != nullptr) out->push_back(o);
          sum += o * static_cast<double>(g[((row * places + i) * heads + h) * width + d]);
        }
      }
    }
  }
  return sum;
}

const std::vector<Sizes> kSizes{
    {{7, 4, 32, true}, 3}, {{7, 4, 32, false}, 2}, {{1, 2, 8, true}, 2}, {{5, 3, 5, true}, 2}, {{9, 1, 17, false}, 2}};

TEST(ShortAttention, FollowsItsFormulas) {
  for (const Sizes& z : kSizes) {
    const std::vector<float> qkv = numbers(3 * z.outputs(), 1), g = numbers(z.outputs(), 2);
    std::vector<float> out(z.outputs()), p(z.rows * z.shape.heads * z.shape.places * z.shape.places);
    attend(z.shape, qkv.data(), 0, z.rows, out.data(), p.data());
    std::vector<double> expected;
    weighted_output(z, qkv, g, &expected);
    for (std::size_t i = 0; i < out.size(); ++i) EXPECT_NEAR(out[i], expected[i], 2e-6);
  }
}

TEST(ShortAttention, GradientsAreDifferenceQuotients) {
  for (const Sizes& z : kSizes) {
    std::vector<float> qkv = numbers(3 * z.outputs(), 3);
    const std::vector<float> g = numbers(z.outputs(), 4);
    std::vector<float> out(z.outputs()), p(z.rows * z.shape.heads * z.shape.places * z.shape.places),
        gradient(qkv.size());
    attend(z.shape, qkv.data(), 0, z.rows, out.data(), p.data());
    attend_backward(z.shape, qkv.data(), p.data(), g.data(), 0, z.rows, gradient.data());
    for (std::size_t i = 0; i < qkv.size(); i += 1 + qkv.size() / 40) {
      const float before = qkv[i];
      qkv[i] = before + 0.01F;
      const double above = weighted_output(z, qkv, g, nullptr), step_up = static_cast<double>(qkv[i]);
      qkv[i] = before - 0.01F;
      const double below = weighted_output(z, qkv, g, nullptr), step = step_up - static_cast<double>(qkv[i]);
      qkv[i] = before;
      EXPECT_NEAR(gradient[i], (above - below) / step, 1e-3) << i;
    }
  }
}

TEST(ShortAttention, PartsOfABatchAreTheBatch) {
  const Sizes z{{7, 4, 32, true}, 6};
  const std::vector<float> qkv = numbers(3 * z.outputs(), 5);
  std::vector<float> whole(z.outputs()), parts(z.outputs()), p(6 * 4 * 49);
  attend(z.shape, qkv.data(), 0, 6, whole.data(), p.data());
  attend(z.shape, qkv.data(), 0, 2, parts.data(), p.data());
  attend(z.shape, qkv.data(), 2, 6, parts.data(), p.data());
  EXPECT_EQ(whole, parts);
}

}  // namespace
}  // namespace pianola
