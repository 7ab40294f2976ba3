// Attention over short sequences, forward and backward, without a product per head: for sequences of ten places the
// calls of general libraries cost more than their arithmetic.
//
//   s_ij = q_i·k_j / √w,  p_ij = exp(s_ij − max_j s_ij) / Σ_j …  over j ≤ i (causal) or all j,  o_i = Σ_j p_ij v_j
//   dv_j = Σ_i p_ij do_i,  dp_ij = do_i·v_j,  ds_ij = p_ij (dp_ij − Σ_l p_il dp_il)
//   dq_i = Σ_j ds_ij k_j / √w,  dk_j = Σ_i ds_ij q_i / √w
//
// q, k and v are read where the projection left them, [n × places × 3 × heads × w], and their gradients are written
// there: nothing is transposed or copied. Vectors run along w. Bits depend on the processor's vectors, not on threads.
#pragma once

#include <cstddef>

namespace pianola {

struct AttentionShape {
  std::size_t places = 0, heads = 1, width = 0;  ///< width: of a head, w
  bool causal = true;
};

/// Sequences first … end − 1. qkv: see above; out: [n × places × heads × w]; p: [n × heads × places × places], entries
/// that are not seen are 0. Cost: 4·places²·w flops a head and sequence; no allocation.
void attend(const AttentionShape& shape, const float* qkv, std::size_t first, std::size_t end, float* out, float* p);

/// gradient: of out; qkv_gradient: as qkv, overwritten.
void attend_backward(const AttentionShape& shape, const float* qkv, const float* p, const float* gradient,
                     std::size_t first, std::size_t end, float* qkv_gradient);

}  // namespace pianola
