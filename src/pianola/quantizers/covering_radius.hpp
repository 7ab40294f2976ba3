// The covering radius of a codebook over a box, bounded from above: a true ε_sup for schemes with joint codes.
//
//   ρ = sup_{u ∈ box} ‖u − c_{n(u)}‖,   n(u) = argmin_j Σ_d (w_d (u_d − c_jd))²
//
// Branch and bound: the box with the largest bound is cut in half across its longest side (in scaled units), until the
// bound is within 1 part in 1,000 of what a point attains, or the work is used up. A box's bound, J the codes that can
// be nearest to a point of it (nearest at some point ≤ farthest of another code):
//
//   all w equal:  min_{j ∈ J} sup_{u ∈ B} ‖u − c_j‖         else:  max_{j ∈ J} sup_{u ∈ B} ‖u − c_j‖
//
// Whatever the work, the result is a bound; in many dimensions it is a coarse one (the volume of a box is in its
// corners), and one box alone gives the distance from a code to the farthest corner.
#pragma once

#include <cstddef>
#include <span>

namespace pianola {

struct CoveringRadius {
  double bound = 0.0;     ///< ρ is at most this
  double attained = 0.0;  ///< and at least this: some point is as far from its code
  std::size_t boxes = 0;  ///< looked at
};

/// codes: [k × dim], finite; low ≤ high: [dim], finite; weights: [dim], ≥ 0 (all 1: plain Euclidean).
/// work: numbers compared at most, about; 2·10⁶ take a few ms.
CoveringRadius covering_radius(std::span<const float> codes, std::span<const double> low, std::span<const double> high,
                               std::span<const double> weights, double work = 2e6);

}  // namespace pianola
