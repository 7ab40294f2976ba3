// Principal components: the orthonormal directions v_1, v_2, … along which data vary most.
//
//   μ = mean of the rows,  Σ = (1/n) Σ_i (x_i − μ)(x_i − μ)ᵀ,  Σ v_j = λ_j v_j,  λ_1 ≥ λ_2 ≥ … ≥ 0
//
// Of all linear codes of k numbers, x ↦ Vᵀ(x − μ) loses the least squared error. The sign of a direction is free; ours
// has its largest entry (the first of equals) positive. Sums and the eigenvalues of the symmetric matrix (Householder
// tridiagonalisation and QR, Eigen) are in double, in a fixed order: same data, same bits.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace pianola {

struct PrincipalComponents {
  std::vector<double> mean;        ///< [width]
  std::vector<double> components;  ///< [k × width], orthonormal rows
  std::vector<double> variances;   ///< [k], falling, ≥ 0
};

/// Columns at most: the matrix and its eigenvectors take 16 bytes an entry, the work grows with the cube (15 s here).
inline constexpr std::size_t kMostPrincipalWidth = 2048;

/// rows: [n × width], finite, n ≥ 1; 1 ≤ k ≤ width ≤ kMostPrincipalWidth. Cost: n·width² and 9·width³ flops.
/// @throws Interrupted.
PrincipalComponents principal_components(std::span<const float> rows, std::size_t width, std::size_t k);

}  // namespace pianola
