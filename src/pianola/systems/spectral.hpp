// Norms and spectra of small dense matrices, row-major. Sizes are those of plants: tens, not thousands.
#pragma once

#include <complex>
#include <cstddef>
#include <span>
#include <vector>

namespace pianola {

/// How far from 1 a modulus may lie that rounding has moved: an integrator's 1 is no growth.
inline constexpr double kOnUnitCircle = 1e-9;

/// ‖M‖₂, the largest singular value, M [rows × cols] finite. Relative error about 1e-15 · max(rows, cols); 0 if empty.
double spectral_norm(std::span<const double> matrix, std::size_t rows, std::size_t cols);

/// An upper bound of ‖M‖₂ that holds in spite of rounding: the computed value plus 1e-12 of itself.
double spectral_norm_bound(std::span<const double> matrix, std::size_t rows, std::size_t cols);

/// Singular values of M [rows × cols], largest first; min(rows, cols) of them.
std::vector<double> singular_values(std::span<const double> matrix, std::size_t rows, std::size_t cols);

/// Eigenvalues of M [n × n], largest modulus first.
std::vector<std::complex<double>> eigenvalues(std::span<const double> matrix, std::size_t n);

/// max |λ|; 0 if n = 0. A linear system x' = M x is stable if it is below 1.
double spectral_radius(std::span<const double> matrix, std::size_t n);

}  // namespace pianola
