#include "pianola/quantizers/step_matrix.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "pianola/base/random.hpp"

namespace pianola::testing {
namespace {

struct Shape {
  std::size_t rows, columns, dim;
};

class StepMatrixTest : public ::testing::TestWithParam<Shape> {
 protected:
  void SetUp() override {
    const auto [rows, columns, dim] = GetParam();
    for (std::size_t i = 0; i < rows * columns; ++i) entries_.push_back(2.0 * uniform(NoiseKey(1), i, 0) - 1.0);
    for (std::size_t i = 0; i < columns * dim; ++i) x_.push_back(2.0 * uniform(NoiseKey(2), i, 0) - 1.0);
    matrix_ = StepMatrix(rows, columns, entries_);
  }

  /// The product with the first `terms` rows of x; `behind` stands in the others.
  [[nodiscard]] std::vector<double> product(std::size_t terms, double behind) const {
    const auto [rows, columns, dim] = GetParam();
    const std::size_t stride = StepMatrix::stride(dim);
    std::vector<double> wide(columns * stride, std::nan("")), y(matrix_.result_size(dim)), out(rows * dim);
    for (std::size_t i = 0; i < x_.size(); ++i) wide[i / dim * stride + i % dim] = i / dim < terms ? x_[i] : behind;
    matrix_.multiply(wide.data(), terms, dim, y.data());
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = y[i / dim * stride + i % dim];
    return out;
  }

  std::vector<double> entries_, x_;
  StepMatrix matrix_;
};

TEST_P(StepMatrixTest, EqualsTheReference) {
  const auto [rows, columns, dim] = GetParam();
  std::vector<double> expected(rows * dim);
  multiply_steps_reference(entries_, columns, x_, expected);
  const auto y = product(columns, 0.0);
  for (std::size_t i = 0; i < y.size(); ++i) ASSERT_NEAR(y[i], expected[i], 1e-15 * static_cast<double>(columns)) << i;
  for (std::size_t i = 0; i < entries_.size(); ++i) ASSERT_EQ(matrix_.at(i / columns, i % columns), entries_[i]);
}

TEST_P(StepMatrixTest, RowsOfZerosMayBeLeftOut) {
  const std::size_t dim = GetParam().dim, terms = GetParam().columns / 2;
  std::fill(x_.begin() + static_cast<std::ptrdiff_t>(terms * dim), x_.end(), 0.0);
  EXPECT_EQ(product(terms, 1e300), product(GetParam().columns, 0.0));
}

INSTANTIATE_TEST_SUITE_P(Shapes, StepMatrixTest,
                         ::testing::Values(Shape{1, 1, 1}, Shape{2, 3, 3}, Shape{3, 2, 8}, Shape{4, 9, 1},
                                           Shape{5, 5, 9}, Shape{30, 30, 26}, Shape{10, 50, 33}, Shape{64, 10, 7}));

}  // namespace
}  // namespace pianola::testing
