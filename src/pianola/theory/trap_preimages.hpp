// The in-distribution error of the trap by exact preimages, without simulating anything (docs/theory.md §6, §10).
//
// The expert's map F(x) = A·x + B·arctan(x) is odd and increasing, so x_h = F^{h−1}(x_1) lies in an interval of the
// table just where x_1 lies in its preimage, found by inverting F. Under x_1 ~ N(0, 1):
//
//   E|q(u_h) − u_h| = c·P(x_h ∈ I_P) + ∫_{x_h ∈ I_T1} (1 − u_h) + ∫_{x_h ∈ I_T2} (u_h − t_2) + ε/2·P(elsewhere)
//
// c = (d + ½)ε/B: the part of u_h in I_P is odd and vanishes. Integrals by Gauss–Legendre panels.
#pragma once

#include <cstdint>

#include "pianola/bounds/trap_constants.hpp"

namespace pianola {

/// (1/H)·Σ_h E|q(π*(x_h)) − π*(x_h)| along the expert. Error ≤ 10⁻⁹. Cost: O(H) inversions while the preimages are
/// within 40 standard deviations.
double trap_in_distribution_error(const TrapConstants& constants, std::uint64_t horizon);

}  // namespace pianola
