// Rate and distortion of a Gaussian source: what the best code of a given rate can reach.
//
//   R(D) = Σ_i max(0, ½ log₂(σ_i²/θ)),   D = Σ_i min(σ_i², θ)
//
// over independent components of variance σ_i²; θ is the water level (reverse water-filling; T. Cover and J. Thomas,
// Elements of Information Theory, 2nd ed., Theorem 10.3.3). For dependent components take the eigenvalues of their
// covariance. Blocks of many draws reach D; a quantizer of single draws stays above it (by 1.53 dB for fine uniform
// bins with entropy coding, by more without).
//
// Among all sources of that covariance the Gaussian one is the hardest: another may be coded below this curve.
#pragma once

#include <span>

namespace pianola {

/// Least mean squared error, summed over components, of a code with `bits` bits for one draw of all components.
/// variances: [n], ≥ 0, finite, in squared units of the source. bits: ≥ 0; ∞ gives 0. @throws UsageError otherwise.
double gaussian_distortion(std::span<const double> variances, double bits);

/// The inverse: least number of bits at which the summed mean squared error is `distortion` > 0 (∞ at 0, unless all
/// variances are 0). @throws UsageError for variances as above, or a distortion that is negative or no number.
double gaussian_rate(std::span<const double> variances, double distortion);

}  // namespace pianola
