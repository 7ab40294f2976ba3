// What "the nearest code" means, to the last bit:
//
//   nearest(x) = the lowest j that minimises  S_j(x) = Σ_d (x_d − c_jd)²,   summed in double in the order of d,
//                each term by one fused multiply-add
//
// Here by trying all codes. nearest_code.hpp gives the same, faster for many vectors.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

#include "pianola/quantizers/codebook.hpp"

namespace pianola {

struct ExactNearest {
  std::uint32_t nearest = 0;
  double smallest = std::numeric_limits<double>::infinity();  ///< S of the nearest code
  double second = std::numeric_limits<double>::infinity();    ///< the smallest S of the others; ∞ if there is none
};

/// x: [D]; not finite: code 0. Cost: k·D multiply-adds in double, several codes at a time. No allocation.
ExactNearest nearest_by_definition(const Codebook& book, const float* x) noexcept;
ExactNearest nearest_by_definition(const Codebook& book, const double* x) noexcept;

/// The slow, obvious reference: the same results. x: [D].
std::uint32_t nearest_code_reference(const Codebook& book, std::span<const double> x) noexcept;
/// S_j(x) of the definition.
double squared_distance(const Codebook& book, std::size_t j, std::span<const double> x) noexcept;

}  // namespace pianola
