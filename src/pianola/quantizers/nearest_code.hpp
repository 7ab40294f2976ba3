// The nearest code of a vector: batch kernels for joint codebooks.
//
//   nearest(x) = the lowest j that minimises  S_j(x) = Σ_d (x_d − c_jd)²,   summed in double in the order of d,
//                each term by one fused multiply-add
//
// That is the definition, and the result has it to the last bit with every instruction set. The fast path computes the
// distances in float32, a vector of points against several codes at a time, with an error that it can bound, and keeps
// the best two of them. Where these two are further apart than the error, they are in the right order; the few points
// where they are not, and those with huge or no numbers, are done again by the definition.
//
// Ties go to the lowest index. A vector that is not finite has code 0. Equal codes: only the first is ever chosen.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "pianola/quantizers/nearest_definition.hpp"

namespace pianola {

/// vectors: [n × D] row-major; nearest: [n].
/// Cost: n·k·D multiply-adds in float32; where a point lies within rounding of the border between two codes, k·D in
/// double. No allocation.
void nearest_codes(const Codebook& book, std::span<const float> vectors, std::span<std::uint32_t> nearest) noexcept;

/// The same for vectors in double, by the definition. Cost: n·k·D multiply-adds in double.
void nearest_codes(const Codebook& book, std::span<const double> vectors, std::span<std::uint32_t> nearest) noexcept;

/// The nearest codes and, for algorithms that prune, bounds of squared distances. vectors: [n × D], finite;
/// nearest, upper, lower: [n]: S of the nearest code is at most `upper`, S of every other code at least `lower`
/// (huge where there is none).
struct NearestBounds {
  std::span<std::uint32_t> nearest;
  std::span<float> upper, lower;
};
void nearest_codes(const Codebook& book, std::span<const float> vectors, NearestBounds out) noexcept;

}  // namespace pianola
