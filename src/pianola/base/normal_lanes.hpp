// Standard normals of many trajectories at once, for plants that draw one number a lane and step.
//
// The counters, the law and the bits are those of normal() (base/random): only the order of the work differs, so that
// the rounds of Philox and the middle of the quantile function run in vector registers.
#pragma once

#include <cstdint>
#include <span>

#include "pianola/base/random.hpp"

namespace pianola {

/// out[i] = normal(key, ids[i], h[i]), bit for bit. ids, h, out: [lanes].
/// Cost: no allocation; a third of normal() a lane.
void normal_lanes(const NoiseKey& key, Ids ids, std::span<const std::uint32_t> h, std::span<double> out);

}  // namespace pianola
