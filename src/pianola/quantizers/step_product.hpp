// A matrix along the steps of a chunk times all its action dimensions, y[r][d] = Σ_n matrix[r][n] · x[n][d]: the kernel
// of step_matrix.hpp, which the real-time runtime has too. No exceptions, no allocation.
//
// In double, summed in order of n, in fused multiply-adds where the processor has them.
#pragma once

#include <cstddef>

namespace pianola::step_product {

inline constexpr std::size_t kRows = 4, kVector = 8;  ///< rows that are interleaved; numbers of the widest vector

constexpr std::size_t rounded_up(std::size_t n, std::size_t unit) { return (n + unit - 1) / unit * unit; }

/// Numbers from row to row of a buffer for `dim` dimensions: dim, rounded up to whole vectors.
constexpr std::size_t stride(std::size_t dim) { return rounded_up(dim, kVector); }
/// Numbers of a buffer for the result: rows are rounded up as well; the rest is scratch.
constexpr std::size_t result_size(std::size_t rows, std::size_t dim) { return rounded_up(rows, kRows) * stride(dim); }
/// Numbers of a packed matrix. Those that are no entry are 0.
constexpr std::size_t packed_size(std::size_t rows, std::size_t columns) { return rounded_up(rows, kRows) * columns; }
/// Where an entry stands in it.
constexpr std::size_t packed_at(std::size_t row, std::size_t column, std::size_t columns) {
  return (row / kRows * columns + column) * kRows + row % kRows;
}

/// packed: [packed_size]; x: [columns × stride], of which only the first `terms` ≤ columns rows are not zero;
/// y: [result_size]; they do not overlap. What stands behind `dim` in a row is multiplied too.
/// Cost: 2·rows·terms·stride flops.
void multiply(const double* packed, std::size_t rows, std::size_t columns, std::size_t terms, const double* x,
              std::size_t dim, double* y) noexcept;

}  // namespace pianola::step_product
