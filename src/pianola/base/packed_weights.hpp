// Products with weights of float32, bfloat16 or 8 bits: y = W x + b, or y += W x + b, in batches.
//
//   float32   W as it is (the layout of pack_dense)
//   bfloat16  W in two bytes, rounded to 8 bits of mantissa: |relative error| ≤ 2⁻⁸ for normal numbers
//   int8      W[o, k] ≈ f_o · q[o, k], q ∈ −127 … 127, f_o = max_k |W[o, k]| / 127: |error| ≤ f_o / 2
//
// Inputs, biases and sums are float32 in each of them: fewer bits cost accuracy once, when packing, and save memory
// traffic, which is what a product with one row waits for. The bytes are the same on every machine; nothing here
// allocates, throws or locks, and a row's bits do not depend on the batch it stands in. SIMD by run-time dispatch.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace pianola {

enum class WeightFormat : std::uint32_t { float32 = 0, bfloat16 = 1, int8 = 2 };

/// Bytes that pack_weights writes, a multiple of 64. Linear in `out` rounded up to a multiple of 16.
std::size_t packed_weights_size(WeightFormat format, std::size_t in, std::size_t out) noexcept;

/// Packs row-major W [out × in], finite, and bias [out] (or empty).
/// packed: [packed_weights_size(format, in, out)], 64-byte aligned.
void pack_weights(WeightFormat format, std::span<const float> weights, std::span<const float> bias, std::size_t in,
                  std::size_t out, std::span<std::byte> packed) noexcept;

/// Whether packed weights hold neither NaN nor infinity. packed: as pack_weights wrote it, or any bytes of that size.
bool all_finite(WeightFormat format, std::size_t in, std::size_t out, std::span<const std::byte> packed) noexcept;

/// One packed weight as the product takes it; 0 ≤ o < out, 0 ≤ k < in.
float packed_weight(WeightFormat format, const std::byte* packed, std::size_t in, std::size_t o,
                    std::size_t k) noexcept;

/// y[i] = W x[i] + b for each of n rows; with `add`, y[i] += W x[i] + b. x: [n × in], y: [n × out]; they do not
/// overlap. `out` may be less than what was packed: then the first outputs are computed. Cost: 2·n·in·out flops; at n =
/// 1 bound by reading the weights.
struct PackedProduct {
  WeightFormat format;
  const std::byte* packed;
  std::size_t in, out;
};
void multiply(const PackedProduct& weights, const float* x, std::size_t n, float* y) noexcept;
void multiply_add(const PackedProduct& weights, const float* x, std::size_t n, float* y) noexcept;

}  // namespace pianola
