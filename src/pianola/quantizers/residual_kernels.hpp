// Loops over rows that residual codebooks are made of, in SIMD by run-time dispatch. Codes lie in rows of `stride`
// floats, a multiple of 16, filled up with zeros.
//
// The nearest code is the one of the largest product score s_k = x·c_k − ½‖c_k‖², which base/dense.hpp computes near
// the processor's limit; pick_largest() decides where rounding cannot have changed the order and says where it may
// have.
#pragma once

#include <cstddef>
#include <cstdint>

namespace pianola {

/// squares[i] = ‖row i‖², rows: [n × dim]. Within (dim + 4)·2⁻²⁴ of it, relatively.
void row_squares(const float* rows, std::size_t n, std::size_t dim, float* squares) noexcept;

/// out[i] = rows[i] − codes[nearest[i]], and its squares as above. out: [n × dim], may be rows.
void subtract_rows(const float* rows, const float* codes, std::size_t stride, const std::uint32_t* nearest,
                   std::size_t n, std::size_t dim, float* out, float* squares) noexcept;

/// out[i] = factor·√(squares[i] + add) + constant.
void row_slack(const float* squares, std::size_t n, float add, float factor, float constant, float* out) noexcept;

/// pick_largest's word for "more than one may be the largest".
inline constexpr std::uint32_t kUndecided = 0xFFFFFFFFU;

/// Scores of n rows, `stride` apart, of `count` codes each, a multiple of 16; less shift[shift_row[i]·count + k] where
/// `shift` is not null.
struct Scores {
  const float* values;
  std::size_t stride, count;
  const float* shift = nullptr;
  const std::uint32_t* shift_row = nullptr;
};

/// best[i]: the largest score's index if no other is within slack[i] of it, else kUndecided; so too where a score or
/// the slack is not finite. Returns how many are undecided.
std::size_t pick_largest(const Scores& scores, std::size_t n, const float* slack, std::uint32_t* best) noexcept;

/// out[i] = Σ_l code(l, tokens[i·layers + l]), summed in the order of layers. codes: [layers × count × stride], every
/// token < count; out: [n × dim].
void sum_rows(const float* codes, std::size_t layers, std::size_t count, std::size_t stride,
              const std::uint32_t* tokens, std::size_t n, std::size_t dim, float* out) noexcept;

}  // namespace pianola
