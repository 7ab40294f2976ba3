// Uniform numbers of many trajectories at once: the counters, the law and the bits are those of uniform() and
// NoiseKey::block() (base/random); only the order of the work differs, so that Philox runs in vector registers.
#pragma once

#include <cstdint>
#include <span>

#include "pianola/base/random.hpp"

namespace pianola {

/// out[i] = uniform(key, ids[i], h[i]), bit for bit. ids, h, out: [lanes]. Cost: no allocation.
void uniform_lanes(const NoiseKey& key, Ids ids, std::span<const std::uint32_t> h, std::span<double> out);

/// Both uniforms that block(ids[i], h[i], draws[i]) holds: out[2i] of its words 0 and 1, out[2i + 1] of 2 and 3, bit
/// for bit uniform_from_bits(). ids, h, draws: [n]; out: [2n]. Cost: no allocation.
void uniform_pairs(const NoiseKey& key, Ids ids, std::span<const std::uint32_t> h, std::span<const std::uint32_t> draws,
                   std::span<double> out);

}  // namespace pianola
