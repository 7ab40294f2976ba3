// What a transformer does between its products: normalisation, and causal attention with a cache of keys and values.
//
//   normalise   y = (x − mean(x)) / √(var(x) + 1e-5), without scale and shift, which the next product takes in
//   attend      for each head: out = Σ_j softmax_j(q·k_j) v_j over the places that may be seen; q comes scaled
//
// Keys lie transposed in the cache, [head width × places], so that lanes run over places; values lie [places × head
// width]. Every sum takes its terms in order, so bits depend neither on the batch nor on the length of vectors. Nothing
// here allocates, throws or locks. SIMD by run-time dispatch.
#pragma once

#include <cstddef>

namespace pianola {

/// x: [n × width]. y: [n × width], may be x. A row whose variance is beyond float becomes NaN, not zeros.
void normalise_rows(const float* x, std::size_t n, std::size_t width, float* y) noexcept;

/// One layer's attention.
struct AttentionShape {
  std::size_t heads, head_width, places;  ///< places: the most that a sequence has
  [[nodiscard]] std::size_t width() const { return heads * head_width; }
};

/// Floats of one sequence's cache. It must be finite when first used (zeros), 64-byte aligned.
std::size_t attention_cache_size(const AttentionShape& shape) noexcept;
/// Floats of scratch.
std::size_t attention_scratch_size(const AttentionShape& shape) noexcept;

/// `count` new places of one sequence, the first of them at place `first`.
struct AttentionRows {
  std::size_t first, count;
  bool causal;  ///< a place sees those before it and itself; else all first + count
};

/// qkv: [count × 3·width], queries, keys, values side by side; keys and values enter the cache. out: [count × width].
/// Cost: 4·width flops for each pair of places, an exp for each pair and head.
void attend(const AttentionShape& shape, const AttentionRows& rows, const float* qkv, float* cache, float* scratch,
            float* out) noexcept;

}  // namespace pianola
