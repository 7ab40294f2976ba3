// The noise of dithering: one uniform U in (0, 1) for each value of each chunk, which encoder and decoder can both
// draw.
//
//   value p of the chunk of trajectory id that starts at step h:  words 2(p mod 2) and 2(p mod 2) + 1 of
//   key.block(id, h, ⌊p/2⌋)
//
// A pure function of (key, id, h, p): neither batch size nor thread moves it (base/random).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "pianola/base/random.hpp"

namespace pianola {

/// The slow, obvious reference.
constexpr double dither_noise(const NoiseKey& key, std::uint64_t id, std::uint32_t h, std::size_t p) {
  const auto bits = key.block(id, h, static_cast<std::uint32_t>(p / 2));
  return p % 2 == 0 ? uniform_from_bits(bits[0], bits[1]) : uniform_from_bits(bits[2], bits[3]);
}

/// out[j] is the noise of value first + j of the flattened [n × width] chunks, n = ids.size() = h.size(), bit for bit
/// dither_noise(). Cost: no allocation; one Philox block for two values of a chunk, in vector registers.
void dither_noise(const NoiseKey& key, Ids ids, std::span<const std::uint32_t> h, std::size_t width, std::size_t first,
                  std::span<double> out) noexcept;

}  // namespace pianola
