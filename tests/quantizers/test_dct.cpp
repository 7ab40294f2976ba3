#include "pianola/quantizers/dct.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "pianola/base/random.hpp"

namespace pianola::testing {
namespace {

struct Case {
  std::size_t length, dim;
};

class DctTest : public ::testing::TestWithParam<Case> {
 protected:
  /// Random numbers with NaN between the rows: what stands there must not leak.
  std::vector<double> buffer(const Dct& dct, std::vector<double>& plain) const {
    const auto [length, dim] = GetParam();
    std::vector<double> x(dct.buffer_size(), std::nan(""));
    plain.resize(length * dim);
    for (std::size_t i = 0; i < plain.size(); ++i) {
      plain[i] = 2.0 * uniform(NoiseKey(4), i, 0) - 1.0;
      x[i / dim * dct.stride() + i % dim] = plain[i];
    }
    return x;
  }
  static double bound(std::size_t length) { return 1e-15 * std::sqrt(static_cast<double>(length)) * 4.0; }
};

TEST_P(DctTest, EqualsTheReference) {
  const auto [length, dim] = GetParam();
  const Dct dct(length, dim);
  std::vector<double> plain, expected(length * dim), y(dct.buffer_size());
  const std::vector<double> x = buffer(dct, plain);
  dct.forward(x.data(), y.data());
  dct_reference(plain, length, expected);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    ASSERT_NEAR(y[i / dim * dct.stride() + i % dim], expected[i], bound(length)) << i;
  }
  dct.inverse(x.data(), length, y.data());
  inverse_dct_reference(plain, length, expected);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    ASSERT_NEAR(y[i / dim * dct.stride() + i % dim], expected[i], bound(length)) << i;
  }
}

TEST_P(DctTest, InverseOfForwardIsTheIdentity) {
  const auto [length, dim] = GetParam();
  const Dct dct(length, dim);
  std::vector<double> plain, y(dct.buffer_size()), back(dct.buffer_size());
  const std::vector<double> x = buffer(dct, plain);
  dct.forward(x.data(), y.data());
  dct.inverse(y.data(), length, back.data());
  for (std::size_t i = 0; i < plain.size(); ++i) {
    ASSERT_NEAR(back[i / dim * dct.stride() + i % dim], plain[i], 2.0 * bound(length)) << i;
  }
}

TEST_P(DctTest, RowsOfZerosMayBeLeftOut) {
  const auto [length, dim] = GetParam();
  const Dct dct(length, dim);
  std::vector<double> plain, all(dct.buffer_size()), some(dct.buffer_size());
  std::vector<double> y = buffer(dct, plain);
  const std::size_t rows = length / 2;
  for (std::size_t i = rows * dct.stride(); i < y.size(); ++i) y[i] = 0.0;
  dct.inverse(y.data(), length, all.data());
  for (std::size_t i = rows * dct.stride(); i < y.size(); ++i) y[i] = 1e9;
  dct.inverse(y.data(), rows, some.data());
  for (std::size_t i = 0; i < plain.size(); ++i) {
    const std::size_t at = i / dim * dct.stride() + i % dim;
    ASSERT_EQ(all[at], some[at]) << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, DctTest,
                         ::testing::Values(Case{1, 1}, Case{2, 3}, Case{3, 8}, Case{4, 1}, Case{5, 9}, Case{30, 26},
                                           Case{31, 33}, Case{64, 7}, Case{257, 17}));

TEST(Dct, ConstantsAndCosinesHaveOneCoefficient) {
  const std::size_t length = 16;
  std::vector<double> x(length, 0.5), y(length);
  dct_reference(x, length, y);
  EXPECT_DOUBLE_EQ(y[0], 2.0);
  for (std::size_t k = 1; k < length; ++k) EXPECT_NEAR(y[k], 0.0, 1e-16);
  const Dct dct(length, 1);
  for (std::size_t k = 0; k < length; ++k) {
    double square = 0.0;
    for (std::size_t n = 0; n < length; ++n) square += dct.entry(k, n) * dct.entry(k, n);
    EXPECT_NEAR(square, 1.0, 1e-15);
  }
}

}  // namespace
}  // namespace pianola::testing
