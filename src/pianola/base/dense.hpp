// Dense kernels that experts, quantizers and policies share: y = act(W x + b), in batches.
//
// Weights are packed once, inputs and outputs belong to the caller; nothing here allocates after packing, throws or
// locks, and a row's bits do not depend on the batch it stands in. SIMD by run-time dispatch (Highway).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace pianola {

enum class Activation : std::uint32_t { none = 0, relu = 1, tanh = 2, gelu = 3, silu = 4 };

/// Floats that pack_dense writes for a layer of these dimensions.
std::size_t packed_dense_size(std::size_t in, std::size_t out) noexcept;

/// Packs row-major W [out × in] and bias [out] (or empty) for dense().
/// packed: [packed_dense_size(in, out)], 64-byte aligned for speed.
void pack_dense(std::span<const float> weights, std::span<const float> bias, std::size_t in, std::size_t out,
                std::span<float> packed) noexcept;

/// y[i] = act(W x[i] + b) for each of n rows. x: [n × in], y: [n × out]; they do not overlap.
/// Cost: 2·n·in·out flops; at n = 1 bound by reading the weights.
void dense(const float* packed, std::size_t in, std::size_t out, Activation activation, const float* x, std::size_t n,
           float* y) noexcept;

/// The slow, obvious reference of dense() on unpacked weights, summed in double.
void dense_reference(std::span<const float> weights, std::span<const float> bias, std::size_t in, std::size_t out,
                     Activation activation, const float* x, std::size_t n, float* y) noexcept;

/// In place over `values`; |tanh error| ≤ 4 ulp.
void activate(Activation activation, std::span<float> values) noexcept;

/// weights[k] = exp((values[k] − largest) / temperature), a softmax before its division; 0 below e⁻⁸⁷.
/// values, weights: [n]; largest: finite, and what is larger weighs at most e⁸⁸; temperature: > 0, finite.
/// |relative error| ≤ 2⁻²³ · (2 + |log weight|). Cost: one vector exp for each 4 to 16 values.
void softmax_weights(std::span<const float> values, float largest, double temperature, float* weights) noexcept;

/// log Σ exp(values), stable; −∞ for none.
double log_sum_exp(std::span<const float> values) noexcept;

/// Index of the first largest value. values not empty.
std::size_t argmax(std::span<const float> values) noexcept;

}  // namespace pianola
