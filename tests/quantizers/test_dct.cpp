#include "pianola/quantizers/dct.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "pianola/base/random.hpp"

namespace pianola::testing {
namespace {

constexpr std::size_t kDim = 3;

std::vector<double> random_steps(std::size_t length) {
  std::vector<double> x(length * kDim);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = 2.0 * uniform(NoiseKey(4), i, 0) - 1.0;
  return x;
}

std::vector<double> product(const StepMatrix& matrix, const std::vector<double>& x) {
  const std::size_t stride = StepMatrix::stride(kDim);
  std::vector<double> wide(matrix.columns() * stride), y(matrix.result_size(kDim)), out(matrix.rows() * kDim);
  for (std::size_t i = 0; i < x.size(); ++i) wide[i / kDim * stride + i % kDim] = x[i];
  matrix.multiply(wide.data(), matrix.columns(), kDim, y.data());
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = y[i / kDim * stride + i % kDim];
  return out;
}

class DctTest : public ::testing::TestWithParam<std::size_t> {
 protected:
  /// Rounding of sums of numbers within ±1.
  [[nodiscard]] static double bound() { return 4e-15 * std::sqrt(static_cast<double>(GetParam())); }
};

TEST_P(DctTest, EqualsTheReference) {
  const std::size_t length = GetParam();
  const std::vector<double> x = random_steps(length);
  std::vector<double> expected(x.size());
  dct_reference(x, length, expected);
  const auto forward = product(dct_matrix(length), x);
  for (std::size_t i = 0; i < x.size(); ++i) ASSERT_NEAR(forward[i], expected[i], bound()) << i;
  inverse_dct_reference(x, length, expected);
  const auto inverse = product(inverse_dct_matrix(length), x);
  for (std::size_t i = 0; i < x.size(); ++i) ASSERT_NEAR(inverse[i], expected[i], bound()) << i;
}

TEST_P(DctTest, InverseOfForwardIsTheIdentity) {
  const std::vector<double> x = random_steps(GetParam());
  const auto back = product(inverse_dct_matrix(GetParam()), product(dct_matrix(GetParam()), x));
  for (std::size_t i = 0; i < x.size(); ++i) ASSERT_NEAR(back[i], x[i], 2.0 * bound()) << i;
}

INSTANTIATE_TEST_SUITE_P(Lengths, DctTest, ::testing::Values(1, 2, 3, 4, 5, 30, 31, 64, 257));

TEST(Dct, ConstantsHaveOneCoefficientAndRowsLengthOne) {
  const std::size_t length = 16;
  std::vector<double> x(length, 0.5), y(length);
  dct_reference(x, length, y);
  EXPECT_DOUBLE_EQ(y[0], 2.0);
  for (std::size_t k = 1; k < length; ++k) EXPECT_NEAR(y[k], 0.0, 1e-16);
  const StepMatrix matrix = dct_matrix(length);
  for (std::size_t k = 0; k < length; ++k) {
    double square = 0.0;
    for (std::size_t n = 0; n < length; ++n) square += matrix.at(k, n) * matrix.at(k, n);
    EXPECT_NEAR(square, 1.0, 1e-15);
  }
}

}  // namespace
}  // namespace pianola::testing
