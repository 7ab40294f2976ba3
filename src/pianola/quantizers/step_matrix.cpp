#include "pianola/quantizers/step_matrix.hpp"

#include <cassert>

namespace pianola {

StepMatrix::StepMatrix(std::size_t rows, std::size_t columns, std::span<const double> entries)
    : rows_(rows), columns_(columns), packed_(step_product::packed_size(rows, columns)) {
  assert(rows >= 1 && columns >= 1 && entries.size() == rows * columns);
  for (std::size_t i = 0; i < entries.size(); ++i) {
    packed_[step_product::packed_at(i / columns, i % columns, columns)] = entries[i];
  }
}

void StepMatrix::multiply(const double* x, std::size_t terms, std::size_t dim, double* y) const noexcept {
  assert(terms <= columns_);
  step_product::multiply(packed_.data(), rows_, columns_, terms, x, dim, y);
}

void multiply_steps_reference(std::span<const double> entries, std::size_t columns, std::span<const double> x,
                              std::span<double> y) {
  const std::size_t dim = x.size() / columns;
  for (std::size_t i = 0; i < y.size(); ++i) {
    long double sum = 0.0L;
    for (std::size_t n = 0; n < columns; ++n) {
      sum += static_cast<long double>(entries[i / dim * columns + n]) * x[n * dim + i % dim];
    }
    y[i] = static_cast<double>(sum);
  }
}

}  // namespace pianola
