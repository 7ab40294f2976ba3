#include "pianola/quantizers/principal_components.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "pianola/base/random.hpp"
#include "property.hpp"

namespace pianola::testing {
namespace {

std::vector<float> random_rows(const NoiseKey& key, std::size_t n, std::size_t width) {
  std::vector<float> rows(n * width);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const double own = normal(key, i, 0), shared = normal(key, i / width, 1);
    rows[i] = static_cast<float>(3.0 + static_cast<double>(i % width + 1) * (own + shared));
  }
  return rows;
}

double dot(const double* a, const double* b, std::size_t n) {
  double sum = 0.0;
  for (std::size_t i = 0; i < n; ++i) sum += a[i] * b[i];
  return sum;
}

TEST(PrincipalComponents, AreOrthonormalEigenvectors) {
  test::property("V Vᵀ = 1 and Σ v = λ v, with Σ summed in the obvious way", [] {
    const auto width = static_cast<std::size_t>(*rc::gen::inRange(1, 12));
    const auto n = static_cast<std::size_t>(*rc::gen::inRange(1, 600));
    const auto k = static_cast<std::size_t>(*rc::gen::inRange(1, static_cast<int>(width) + 1));
    const auto rows = random_rows(NoiseKey(static_cast<std::uint64_t>(*rc::gen::inRange(0, 1000))), n, width);
    const auto found = principal_components(rows, width, k);
    std::vector<double> covariance(width * width);
    double trace = 0.0;
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t a = 0; a < width; ++a) {
        for (std::size_t b = 0; b < width; ++b) {
          covariance[a * width + b] += (static_cast<double>(rows[i * width + a]) - found.mean[a]) *
                                       (static_cast<double>(rows[i * width + b]) - found.mean[b]) /
                                       static_cast<double>(n);
        }
      }
    }
    for (std::size_t a = 0; a < width; ++a) trace += covariance[a * width + a];
    for (std::size_t i = 0; i < k; ++i) {
      const double* const v = found.components.data() + i * width;
      for (std::size_t j = 0; j <= i; ++j) {
        RC_ASSERT(std::abs(dot(v, found.components.data() + j * width, width) - (i == j ? 1.0 : 0.0)) < 1e-10);
      }
      for (std::size_t a = 0; a < width; ++a) {
        const double residual = dot(covariance.data() + a * width, v, width) - found.variances[i] * v[a];
        RC_ASSERT(std::abs(residual) <= 1e-9 * (trace + 1e-300));
      }
      if (i > 0) RC_ASSERT(found.variances[i] <= found.variances[i - 1]);
    }
  });
}

TEST(PrincipalComponents, LargestEntryIsPositiveAndBitsRepeat) {
  const auto rows = random_rows(NoiseKey(4), 500, 7);
  const auto found = principal_components(rows, 7, 7);
  for (std::size_t j = 0; j < 7; ++j) {
    double largest = 0.0;
    for (std::size_t i = 0; i < 7; ++i) {
      const double v = found.components[j * 7 + i];
      if (std::abs(v) > std::abs(largest)) largest = v;
    }
    EXPECT_GT(largest, 0.0);
  }
  EXPECT_EQ(principal_components(rows, 7, 7).components, found.components);
}

TEST(PrincipalComponents, ConstantDataHaveNoVariance) {
  const std::vector<float> rows{1, 2, 1, 2, 1, 2};
  const auto found = principal_components(rows, 2, 2);
  EXPECT_EQ(found.variances, (std::vector<double>{0, 0}));
  EXPECT_EQ(found.mean, (std::vector<double>{1, 2}));
}

TEST(PrincipalComponents, OneRow) {
  const auto found = principal_components(std::vector<float>{5, 6, 7}, 3, 1);
  EXPECT_EQ(found.mean, (std::vector<double>{5, 6, 7}));
  EXPECT_EQ(found.variances[0], 0.0);
}

}  // namespace
}  // namespace pianola::testing
