// The orthonormal discrete cosine transform (DCT-II) along the steps of a chunk, and its inverse (DCT-III):
//
//   y[k] = s_k Σ_n x[n] cos(π k (2n + 1) / 2N),   s_0 = √(1/N), s_k = √(2/N);      x[n] = Σ_k s_k y[k] cos(…)
//
// By multiplication with its matrix (step_matrix.hpp), whose entries are correctly rounded but for ½ ulp: for chunks of
// a few hundred steps that beats a fast transform. Relative error about N·10⁻¹⁶, like that of SciPy's
// scipy.fft.dct(norm="ortho"), which sums in another order: results that are rounded to integers agree except within
// that distance of a half.
#pragma once

#include <cstddef>
#include <span>

#include "pianola/quantizers/step_matrix.hpp"

namespace pianola {

/// Chunks of more steps have no transform: its matrix would have more entries than it is worth.
inline constexpr std::size_t kMaxDctLength = 1024;

/// [length × length]: row k holds s_k cos(π k (2n + 1) / 2N). Its inverse is its transpose. length: 1 … kMaxDctLength.
StepMatrix dct_matrix(std::size_t length);
StepMatrix inverse_dct_matrix(std::size_t length);

/// The slow, obvious references, in long double. x, y: [length × dim].
void dct_reference(std::span<const double> x, std::size_t length, std::span<double> y);
void inverse_dct_reference(std::span<const double> y, std::size_t length, std::span<double> x);

}  // namespace pianola
