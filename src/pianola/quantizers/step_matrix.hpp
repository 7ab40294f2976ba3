// A matrix along the steps of a chunk: y[r][d] = Σ_n matrix[r][n] · x[n][d], for all dimensions d at once. What linear
// codes of chunks (cosine coefficients, spline weights) and their inverses are made of.
//
// The kernel: step_product.hpp.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "pianola/quantizers/step_product.hpp"

namespace pianola {

class StepMatrix {
 public:
  StepMatrix() = default;
  /// entries: [rows × columns] row-major.
  StepMatrix(std::size_t rows, std::size_t columns, std::span<const double> entries);

  [[nodiscard]] std::size_t rows() const { return rows_; }
  [[nodiscard]] std::size_t columns() const { return columns_; }
  [[nodiscard]] double at(std::size_t row, std::size_t column) const {
    return packed_[step_product::packed_at(row, column, columns_)];
  }

  /// Numbers from row to row of a buffer for `dim` dimensions.
  static std::size_t stride(std::size_t dim) { return step_product::stride(dim); }
  /// Numbers of a buffer for the result.
  [[nodiscard]] std::size_t result_size(std::size_t dim) const { return step_product::result_size(rows_, dim); }
  /// Its entries as step_product::multiply reads them.
  [[nodiscard]] std::span<const double> packed() const { return packed_; }

  /// As step_product::multiply.
  void multiply(const double* x, std::size_t terms, std::size_t dim, double* y) const noexcept;

 private:
  std::size_t rows_ = 0, columns_ = 0;
  std::vector<double> packed_;  // four rows interleaved
};

/// The slow, obvious reference, in long double. entries: [rows × columns], x: [columns × dim], y: [rows × dim].
void multiply_steps_reference(std::span<const double> entries, std::size_t columns, std::span<const double> x,
                              std::span<double> y);

}  // namespace pianola
