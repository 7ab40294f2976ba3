#include "pianola/policies/image_parts.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace pianola {

bool is_image_aligned(const void* address) noexcept {
  return reinterpret_cast<std::uintptr_t>(address) % image::kAlignment == 0;
}

bool all_finite(const float* values, std::size_t n) noexcept {
  std::uint32_t bad = 0;
  for (std::size_t i = 0; i < n; ++i) {
    bad |= static_cast<std::uint32_t>((std::bit_cast<std::uint32_t>(values[i]) & 0x7F800000U) == 0x7F800000U);
  }
  return bad == 0;
}

namespace image {

bool lies_inside(std::span<const std::byte> bytes, std::uint64_t offset, std::uint64_t size) noexcept {
  return offset % kAlignment == 0 && offset <= bytes.size() && size <= bytes.size() - offset;
}

bool DenseLayers::read(std::span<const std::byte> bytes, const Section& section, std::uint64_t count,
                       Activation activation, std::size_t inputs, std::size_t outputs) noexcept {
  if (!read_section(bytes, section, count, records_)) return false;
  base_ = bytes.data();
  activation_ = activation;
  widest_ = 0;
  std::size_t width = inputs;
  for (std::size_t i = 0; i < records_.size(); ++i) {
    const LayerRecord& layer = records_[i];
    if (layer.in != width || !in_range(layer.out)) return false;
    if (!lies_inside(bytes, layer.offset, packed_bytes(layer.in, layer.out))) return false;
    if (!all_finite(weights(layer), packed_dense_size(layer.in, layer.out))) return false;
    width = layer.out;
    if (i + 1 < records_.size()) widest_ = std::max(widest_, width);
  }
  return width == outputs;
}

void DenseLayers::run(const float* x, float* front, float* back, float* y) const noexcept {
  for (std::size_t i = 0; i + 1 < records_.size(); ++i) {
    dense(weights(records_[i]), records_[i].in, records_[i].out, activation_, x, 1, front);
    x = front;
    std::swap(front, back);
  }
  const LayerRecord& last = records_.back();
  dense(weights(last), last.in, last.out, Activation::none, x, 1, y);
}

}  // namespace image
}  // namespace pianola
