// A matrix along the steps of a chunk: y[r][d] = Σ_n matrix[r][n] · x[n][d], for all dimensions d at once. What linear
// codes of chunks (cosine coefficients, spline weights) and their inverses are made of.
//
// In double, summed in order of n, in fused multiply-adds where the processor has them.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace pianola {

class StepMatrix {
 public:
  StepMatrix() = default;
  /// entries: [rows × columns] row-major.
  StepMatrix(std::size_t rows, std::size_t columns, std::span<const double> entries);

  [[nodiscard]] std::size_t rows() const { return rows_; }
  [[nodiscard]] std::size_t columns() const { return columns_; }
  [[nodiscard]] double at(std::size_t row, std::size_t column) const {
    return packed_[(row / kRows * columns_ + column) * kRows + row % kRows];
  }

  /// Numbers from row to row of a buffer for `dim` dimensions: dim, rounded up to whole vectors.
  static std::size_t stride(std::size_t dim) { return (dim + kVector - 1) / kVector * kVector; }
  /// Numbers of a buffer for the result: rows are rounded up as well; the rest is scratch.
  [[nodiscard]] std::size_t result_size(std::size_t dim) const {
    return (rows_ + kRows - 1) / kRows * kRows * stride(dim);
  }

  /// x: [columns × stride], of which only the first `terms` ≤ columns rows are not zero; y: [result_size]; they do not
  /// overlap. What stands behind `dim` in a row is multiplied too. Cost: 2·rows·terms·stride flops; no allocation.
  void multiply(const double* x, std::size_t terms, std::size_t dim, double* y) const noexcept;

 private:
  static constexpr std::size_t kRows = 4, kVector = 8;
  std::size_t rows_ = 0, columns_ = 0;
  std::vector<double> packed_;  // four rows interleaved
};

/// The slow, obvious reference, in long double. entries: [rows × columns], x: [columns × dim], y: [rows × dim].
void multiply_steps_reference(std::span<const double> entries, std::size_t columns, std::span<const double> x,
                              std::span<double> y);

}  // namespace pianola
