// Panels of 16 outputs (dense_tiles_internal.hpp), behind their head of 16 biases:
//
//   bfloat16   for each pair of inputs (k, k + 1), k even: 16 words, W[o, k] in the low half and W[o, k + 1] in the
//   high
//              one, so that either is one operation away from a float, in vectors of any length
//   int8       16 factors behind the biases; for each input 16 bytes; zeros up to a multiple of 64 bytes
#include "pianola/base/packed_weights.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "pianola/base/packed_weights.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "pianola/base/dense_tiles_internal.hpp"

HWY_BEFORE_NAMESPACE();
namespace pianola {
namespace HWY_NAMESPACE {
namespace {

struct Brief {
  using Words = hn::Rebind<std::uint32_t, Floats>;
  static constexpr std::size_t kStep = 2, kHead = kPanel * sizeof(float);
  static constexpr bool kScaled = false;
  static constexpr std::size_t stride(std::size_t in) { return kPanel * (1 + (in + 1) / 2) * sizeof(float); }
  HWY_INLINE static hn::Vec<Words> Load(const std::byte* HWY_RESTRICT weights, std::size_t k, std::size_t v) {
    return hn::LoadU(Words(), reinterpret_cast<const std::uint32_t*>(weights) + k / 2 * kPanel + v);
  }
  template <std::size_t s>
  HWY_INLINE static V Take(hn::Vec<Words> stored) {
    if constexpr (s == 0) return hn::BitCast(Floats(), hn::ShiftLeft<16>(stored));
    return hn::BitCast(Floats(), stored);
  }
};

struct Bytes {
  static constexpr std::size_t kStep = 1, kHead = 2 * kPanel * sizeof(float);
  static constexpr bool kScaled = true;
  static constexpr std::size_t stride(std::size_t in) { return kHead + (in + 3) / 4 * 4 * kPanel; }
  HWY_INLINE static V Load(const std::byte* HWY_RESTRICT weights, std::size_t k, std::size_t v) {
    const hn::Rebind<std::int8_t, Floats> d;
    const auto bytes = hn::LoadU(d, reinterpret_cast<const std::int8_t*>(weights) + k * kPanel + v);
    return hn::ConvertTo(Floats(), hn::PromoteTo(Ints(), bytes));
  }
  template <std::size_t s>
  HWY_INLINE static V Take(V stored) {
    return stored;
  }
};

void Multiply(WeightFormat format, const std::byte* packed, Layer layer, const float* x, std::size_t n, float* y) {
  switch (format) {
    case WeightFormat::float32:
      return Product<Full>(packed, layer, x, n, y);
    case WeightFormat::bfloat16:
      return Product<Brief>(packed, layer, x, n, y);
    case WeightFormat::int8:
      return Product<Bytes>(packed, layer, x, n, y);
  }
}

// The same without naming a type of this instruction set.
void MultiplyRows(const PackedProduct& weights, bool add, const float* x, std::size_t n, float* y) {
  Multiply(weights.format, weights.packed, {weights.in, weights.out, add}, x, n, y);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace pianola
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace pianola {
namespace {

HWY_EXPORT(MultiplyRows);

constexpr std::size_t kPanelOutputs = 16, kFloat = sizeof(float), kHeadBytes = kPanelOutputs * kFloat;

std::size_t head_bytes(WeightFormat format) { return format == WeightFormat::int8 ? 2 * kHeadBytes : kHeadBytes; }

std::size_t panel_bytes(WeightFormat format, std::size_t in) {
  switch (format) {
    case WeightFormat::float32:
      return kHeadBytes + in * kPanelOutputs * kFloat;
    case WeightFormat::bfloat16:
      return kHeadBytes + (in + 1) / 2 * kPanelOutputs * kFloat;
    case WeightFormat::int8:
      return 2 * kHeadBytes + (in + 3) / 4 * 4 * kPanelOutputs;
  }
  return 0;
}

/// Round to nearest even; finite values stay finite unless they lie beyond the largest bfloat16: those saturate.
std::uint16_t to_bfloat16(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const auto rounded = static_cast<std::uint16_t>((bits + 0x7FFFU + ((bits >> 16) & 1U)) >> 16);
  return (rounded & 0x7F80U) == 0x7F80U ? static_cast<std::uint16_t>((rounded & 0x8000U) | 0x7F7FU) : rounded;
}

/// The high half of the word that is nearest to `value` as a float, given its low half; finite.
std::uint16_t high_half(float value, std::uint16_t low) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const std::int64_t magnitude = bits & 0x7FFFFFFFU;
  const std::int64_t half = (magnitude - low + 0x8000) >> 16;  // floats of one sign are ordered as their bits are
  return static_cast<std::uint16_t>(std::clamp<std::int64_t>(half, 0, 0x7F7F) | (bits >> 16 & 0x8000U));
}

/// The bfloat16 of an even input, or the high half of an odd one beside the low half that lies before it.
std::uint16_t brief_half(float value, std::size_t k, const std::byte* to) {
  if (k % 2 == 0) return to_bfloat16(value);
  std::uint16_t low = 0;
  std::memcpy(&low, to - sizeof low, sizeof low);
  return high_half(value, low);
}

/// max_k |W[o, k]| / 127, or 0.
float factor_of(const float* row, std::size_t in) {
  float largest = 0.0F;
  for (std::size_t k = 0; k < in; ++k) largest = std::max(largest, std::fabs(row[k]));
  return largest / 127.0F;
}

std::int8_t to_int8(float value, float factor) {
  if (factor == 0.0F) return 0;
  return static_cast<std::int8_t>(std::lround(std::clamp(value / factor, -127.0F, 127.0F)));
}

/// Where weight (o, k) lies; its bytes are 4, 2 or 1.
std::size_t place_of(WeightFormat format, std::size_t in, std::size_t o, std::size_t k) {
  const std::size_t panel = o / kPanelOutputs * panel_bytes(format, in) + head_bytes(format), lane = o % kPanelOutputs;
  switch (format) {
    case WeightFormat::float32:
      return panel + (k * kPanelOutputs + lane) * kFloat;
    case WeightFormat::bfloat16:
      return panel + (k / 2 * kPanelOutputs + lane) * kFloat + k % 2 * 2;
    case WeightFormat::int8:
      return panel + k * kPanelOutputs + lane;
  }
  return panel;
}

void put_row(WeightFormat format, const float* row, std::size_t in, std::size_t o, std::byte* packed) {
  const float factor = format == WeightFormat::int8 ? factor_of(row, in) : 1.0F;
  if (format == WeightFormat::int8) {
    const std::size_t at = o / kPanelOutputs * panel_bytes(format, in) + kHeadBytes + o % kPanelOutputs * kFloat;
    std::memcpy(packed + at, &factor, sizeof factor);
  }
  for (std::size_t k = 0; k < in; ++k) {
    std::byte* const to = packed + place_of(format, in, o, k);
    const std::int8_t byte = format == WeightFormat::int8 ? to_int8(row[k], factor) : std::int8_t{0};
    if (format == WeightFormat::float32) std::memcpy(to, row + k, sizeof(float));
    if (format == WeightFormat::int8) std::memcpy(to, &byte, sizeof byte);
    if (format != WeightFormat::bfloat16) continue;
    const std::uint16_t half = brief_half(row[k], k, to);
    std::memcpy(to, &half, sizeof half);
  }
}

bool finite_words(const std::byte* from, std::size_t count) {
  std::uint32_t bad = 0;
  for (std::size_t i = 0; i < count; ++i) {
    std::uint32_t bits = 0;
    std::memcpy(&bits, from + i * sizeof bits, sizeof bits);
    bad |= static_cast<std::uint32_t>((bits & 0x7F800000U) == 0x7F800000U);
  }
  return bad == 0;
}

bool finite_halves(const std::byte* from, std::size_t count) {
  std::uint32_t bad = 0;
  for (std::size_t i = 0; i < count; ++i) {
    std::uint32_t bits = 0;
    std::memcpy(&bits, from + i * sizeof bits, sizeof bits);
    bad |= static_cast<std::uint32_t>((bits & 0x7F800000U) == 0x7F800000U || (bits & 0x7F80U) == 0x7F80U);
  }
  return bad == 0;
}

}  // namespace

std::size_t packed_weights_size(WeightFormat format, std::size_t in, std::size_t out) noexcept {
  return (out + kPanelOutputs - 1) / kPanelOutputs * panel_bytes(format, in);
}

void pack_weights(WeightFormat format, std::span<const float> weights, std::span<const float> bias, std::size_t in,
                  std::size_t out, std::span<std::byte> packed) noexcept {
  std::fill(packed.begin(), packed.end(), std::byte{0});
  for (std::size_t o = 0; o < out; ++o) {
    const float own = bias.empty() ? 0.0F : bias[o];
    std::memcpy(&packed[o / kPanelOutputs * panel_bytes(format, in) + o % kPanelOutputs * kFloat], &own, sizeof own);
    put_row(format, weights.data() + o * in, in, o, packed.data());
  }
}

bool all_finite(WeightFormat format, std::size_t in, std::size_t out, std::span<const std::byte> packed) noexcept {
  const std::size_t panel = panel_bytes(format, in), head = head_bytes(format);
  if (packed.size() != packed_weights_size(format, in, out)) return false;
  for (std::size_t at = 0; at < packed.size(); at += panel) {
    const std::byte* const weights = packed.data() + at + head;
    const std::size_t words = (panel - head) / kFloat;
    if (!finite_words(packed.data() + at, head / kFloat)) return false;
    if (format == WeightFormat::float32 && !finite_words(weights, words)) return false;
    if (format == WeightFormat::bfloat16 && !finite_halves(weights, words)) return false;
  }
  return true;
}

float packed_weight(WeightFormat format, const std::byte* packed, std::size_t in, std::size_t o,
                    std::size_t k) noexcept {
  const std::byte* const from = packed + place_of(format, in, o, k);
  float value = 0.0F;
  if (format == WeightFormat::float32) std::memcpy(&value, from, sizeof value);
  if (format == WeightFormat::bfloat16) {
    std::uint32_t word = 0;
    std::memcpy(&word, from - k % 2 * 2, sizeof word);
    value = std::bit_cast<float>(k % 2 == 0 ? word << 16 : word);
  }
  if (format == WeightFormat::int8) {
    float factor = 0.0F;
    std::memcpy(&factor, packed + o / kPanelOutputs * panel_bytes(format, in) + kHeadBytes + o % kPanelOutputs * kFloat,
                sizeof factor);
    value = factor * static_cast<float>(static_cast<std::int8_t>(*from));
  }
  return value;
}

void multiply(const PackedProduct& weights, const float* x, std::size_t n, float* y) noexcept {
  if (n > 0 && weights.out > 0) HWY_DYNAMIC_DISPATCH(MultiplyRows)(weights, false, x, n, y);
}

void multiply_add(const PackedProduct& weights, const float* x, std::size_t n, float* y) noexcept {
  if (n > 0 && weights.out > 0) HWY_DYNAMIC_DISPATCH(MultiplyRows)(weights, true, x, n, y);
}

}  // namespace pianola
#endif  // HWY_ONCE
