// The orthonormal discrete cosine transform (DCT-II) along the steps of a chunk, and its inverse (DCT-III):
//
//   y[k] = s_k Σ_n x[n] cos(π k (2n + 1) / 2N),   s_0 = √(1/N), s_k = √(2/N);      x[n] = Σ_k s_k y[k] cos(…)
//
// By multiplication with its matrix, whose entries are correctly rounded but for ½ ulp: for chunks of a few hundred
// steps that beats a fast transform. In double, summed in order of n; relative error about N·10⁻¹⁶, like that of
// SciPy's scipy.fft.dct(norm="ortho"), which sums in another order: results that are rounded to integers agree except
// within that distance of a half.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace pianola {

class Dct {
 public:
  static constexpr std::size_t kMaxLength = 1024;

  /// Transforms `length` steps (1 … kMaxLength) of `dim` ≥ 1 columns.
  Dct(std::size_t length, std::size_t dim);

  [[nodiscard]] std::size_t length() const { return length_; }
  [[nodiscard]] std::size_t dim() const { return dim_; }
  /// Numbers from row to row of a buffer: dim, rounded up to whole vectors.
  [[nodiscard]] std::size_t stride() const { return stride_; }
  /// Numbers of an output buffer: rows are rounded up as well; the rest is scratch.
  [[nodiscard]] std::size_t buffer_size() const { return (length_ + kRows - 1) / kRows * kRows * stride_; }

  /// x: [length × stride], y: [buffer_size]; they do not overlap. What stands behind `dim` in a row is transformed too.
  /// Cost: 2·length²·stride flops; no allocation.
  void forward(const double* x, double* y) const noexcept;
  /// The same for the inverse. rows: only y[0 … rows) are not zero.
  void inverse(const double* y, std::size_t rows, double* x) const noexcept;

  /// Entry of the matrix: s_k cos(π k (2n + 1) / 2N).
  [[nodiscard]] double entry(std::size_t k, std::size_t n) const { return entries_[k * length_ + n]; }

 private:
  static constexpr std::size_t kRows = 4, kVector = 8;
  [[nodiscard]] std::vector<double> packed(bool transposed) const;

  std::size_t length_, dim_, stride_;
  std::vector<double> entries_;            // [length × length]
  std::vector<double> forward_, inverse_;  // four rows interleaved
};

/// The slow, obvious references, in long double. x, y: [length × dim].
void dct_reference(std::span<const double> x, std::size_t length, std::span<double> y);
void inverse_dct_reference(std::span<const double> y, std::size_t length, std::span<double> x);

}  // namespace pianola
