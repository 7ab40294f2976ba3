// What the images of policies and of transition models are read by: a header, sections that lie inside, dense layers.
//
// No exceptions, no allocation: every offset and size is checked before it is used, then the bytes are read in place.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "pianola/base/dense.hpp"
#include "pianola/policies/image_layout.hpp"

namespace pianola {

/// Whether this is a multiple of image::kAlignment.
bool is_image_aligned(const void* address) noexcept;
bool all_finite(const float* values, std::size_t n) noexcept;

namespace image {

/// False unless the bytes begin with a header of this magic and byte order that says their size and checksum. Which
/// versions there are is the caller's to know.
template <class Header>
bool read_header(std::span<const std::byte> bytes, const std::array<char, 8>& magic, Header& header) noexcept {
  if (bytes.size() < sizeof(Header) || bytes.size() % kAlignment != 0) return false;
  std::memcpy(&header, bytes.data(), sizeof header);
  return header.magic == magic && header.byte_order == kByteOrder && header.total_size == bytes.size() &&
         header.checksum == checksum(bytes);
}

/// Whether `size` bytes lie at `offset`, aligned, all inside the image.
bool lies_inside(std::span<const std::byte> bytes, std::uint64_t offset, std::uint64_t size) noexcept;

/// The elements of a section; false if it does not lie inside, or is no whole number of them.
template <class T>
bool read_section(std::span<const std::byte> bytes, const Section& section, std::span<const T>& out) noexcept {
  if (section.size % sizeof(T) != 0 || !lies_inside(bytes, section.offset, section.size)) return false;
  out = {reinterpret_cast<const T*>(bytes.data() + section.offset), static_cast<std::size_t>(section.size / sizeof(T))};
  return true;
}

/// The same where there have to be `count`, at most 2⁴⁹.
template <class T>
bool read_section(std::span<const std::byte> bytes, const Section& section, std::uint64_t count,
                  std::span<const T>& out) noexcept {
  return section.size == count * sizeof(T) && read_section(bytes, section, out);
}

/// Dense layers one behind the other.
class DenseLayers {
 public:
  /// False unless `count` ≥ 1 layers lie in the image, lead from `inputs` numbers to `outputs`, and are finite.
  /// activation: of hidden layers.
  bool read(std::span<const std::byte> bytes, const Section& section, std::uint64_t count, Activation activation,
            std::size_t inputs, std::size_t outputs) noexcept;
  [[nodiscard]] std::size_t size() const { return records_.size(); }
  [[nodiscard]] std::size_t widest() const { return widest_; }  ///< numbers that a hidden layer makes at most
  /// x: [inputs], y: [outputs], front, back: [widest] of scratch. Cost: the layers' flops.
  void run(const float* x, float* front, float* back, float* y) const noexcept;

 private:
  [[nodiscard]] const float* weights(const LayerRecord& layer) const noexcept {
    return reinterpret_cast<const float*>(base_ + layer.offset);
  }
  const std::byte* base_ = nullptr;
  std::span<const LayerRecord> records_;
  Activation activation_ = Activation::none;
  std::size_t widest_ = 0;
};

}  // namespace image
}  // namespace pianola
