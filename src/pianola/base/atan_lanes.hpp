// Arc tangents of many numbers at once, for the paper's trap, whose expert and reward are nothing else.
//
//   |x| < 7/16, 11/16, 19/16, 39/16, ∞:   atan x = atan c + atan t,  t = (x − c)/(1 + c x),  c = 0, ½, 1, 3/2, ∞
//
// and an odd polynomial of degree 23 in t, |error| < 1 ulp. Source: the method and coefficients of fdlibm's s_atan.c
// (Sun Microsystems, 1993; freely granted). Sums and products only in the order written, without fused multiplication:
// every processor gives the same bits, in the widest registers that it has, and they do not depend on neighbours.
#pragma once

#include <span>

namespace pianola {

/// out[i] = atan x[i] in [−π/2, π/2]; NaN for NaN, −0 for −0. x, out: equally many; may be the same. Cost: no
/// allocation.
void atan_lanes(std::span<const double> x, std::span<double> out);

}  // namespace pianola
