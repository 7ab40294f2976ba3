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

/// Pairs of a chunk of `width` values: the last one of an odd width has a second number that no value takes.
constexpr std::size_t dither_pairs(std::size_t width) { return (width + 1) / 2; }

/// Noise of the pairs first, first + 1, … of n chunks, n = ids.size() = h.size(), counted through all chunks: out[2j]
/// and out[2j + 1] are of pair first + j, bit for bit dither_noise() of the values 2b and 2b + 1 of its chunk.
/// out: [2 × pairs]. Cost: no allocation; one Philox block a pair, in vector registers.
void dither_noise(const NoiseKey& key, Ids ids, std::span<const std::uint32_t> h, std::size_t width, std::size_t first,
                  std::span<double> out) noexcept;

}  // namespace pianola
