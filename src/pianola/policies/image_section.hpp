// What all parts of an image are laid out by: sections at aligned offsets, and how large a dimension may be.
#pragma once

#include <cstddef>
#include <cstdint>

namespace pianola::image {

inline constexpr std::uint64_t kAlignment = 64;
inline constexpr std::uint32_t kLargestDimension = 1U << 24;  // products of two such numbers of floats fit 64 bits

struct Section {
  std::uint64_t offset = 0, size = 0;  ///< bytes
};

inline std::uint64_t aligned(std::uint64_t bytes) noexcept {
  return (bytes + kAlignment - 1) / kAlignment * kAlignment;
}

inline bool in_range(std::uint64_t dimension) noexcept { return dimension >= 1 && dimension <= kLargestDimension; }

}  // namespace pianola::image
