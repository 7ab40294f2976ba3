// Also built and run where the runtime stands alone.
#include "pianola/quantizers/step_product.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "pianola/base/random.hpp"

namespace pianola {
namespace {

TEST(StepProduct, EqualsTheObviousSums) {
  struct Shape {
    std::size_t rows, columns, dim;
  };
  for (const auto& [rows, columns, dim] : {Shape{1, 1, 1}, Shape{3, 2, 8}, Shape{5, 5, 9}, Shape{8, 30, 33}}) {
    std::vector<double> packed(step_product::packed_size(rows, columns)), x(columns * step_product::stride(dim));
    for (std::size_t i = 0; i < rows * columns; ++i) {
      packed[step_product::packed_at(i / columns, i % columns, columns)] = 2.0 * uniform(NoiseKey(1), i, 0) - 1.0;
    }
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = 2.0 * uniform(NoiseKey(2), i, 0) - 1.0;
    std::vector<double> y(step_product::result_size(rows, dim));
    for (const std::size_t terms : {columns, columns / 2}) {
      step_product::multiply(packed.data(), rows, columns, terms, x.data(), dim, y.data());
      for (std::size_t i = 0; i < rows * dim; ++i) {
        double sum = 0.0;
        for (std::size_t n = 0; n < terms; ++n) {
          sum += packed[step_product::packed_at(i / dim, n, columns)] * x[n * step_product::stride(dim) + i % dim];
        }
        ASSERT_NEAR(y[i / dim * step_product::stride(dim) + i % dim], sum, 1e-14) << rows << " × " << columns;
      }
    }
  }
}

TEST(StepProduct, EachEntryHasAPlaceOfItsOwn) {
  std::vector<int> taken(step_product::packed_size(6, 5));
  for (std::size_t row = 0; row < 6; ++row) {
    for (std::size_t column = 0; column < 5; ++column) ++taken.at(step_product::packed_at(row, column, 5));
  }
  EXPECT_EQ(std::count(taken.begin(), taken.end(), 1), 30);
  EXPECT_EQ(std::count(taken.begin(), taken.end(), 0), 10) << "rows are rounded up to eight";
}

}  // namespace
}  // namespace pianola
