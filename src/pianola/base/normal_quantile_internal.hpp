// The middle of the normal quantile function, shared by the one that takes a number and the one that takes lanes, so
// that both give the same bits.
//
//   Φ⁻¹(½ + q) = q P(r) / Q(r),  r = 0.425² − q²,  |q| ≤ 0.425
//
// Source: Wichura, "Algorithm AS 241: The percentage points of the normal distribution", Applied Statistics 37 (1988),
// PPND16.
#pragma once

#include <cstddef>

namespace pianola::normal_quantile_internal {

inline constexpr double kCentre = 0.425;  ///< beyond it |q| lies in a tail

/// Horner's rule, highest coefficient first.
template <std::size_t N>
inline double polynomial(const double (&c)[N], double x) {
  double y = c[0];
  for (std::size_t i = 1; i < N; ++i) y = y * x + c[i];
  return y;
}

inline constexpr double kCentreP[] = {2.5090809287301226727e+3, 3.3430575583588128105e+4, 6.7265770927008700853e+4,
                                      4.5921953931549871457e+4, 1.3731693765509461125e+4, 1.9715909503065514427e+3,
                                      1.3314166789178437745e+2, 3.3871328727963666080e+0};
inline constexpr double kCentreQ[] = {
    5.2264952788528545610e+3, 2.8729085735721942674e+4, 3.9307895800092710610e+4, 2.1213794301586595867e+4,
    5.3941960214247511077e+3, 6.8718700749205790830e+2, 4.2313330701600911252e+1, 1.0};

/// Of |q| ≤ 0.425; a finite number of no meaning for other |q| ≤ ½.
inline double central_quantile(double q) {
  const double r = 0.180625 - q * q;
  return q * polynomial(kCentreP, r) / polynomial(kCentreQ, r);
}

}  // namespace pianola::normal_quantile_internal
