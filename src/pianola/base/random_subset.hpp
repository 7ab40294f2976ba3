// Some of n things, each subset of that size equally likely: what is looked at of too many. Not every k-th: where k and
// the length of what repeats (trajectories of equal length) have a common factor, those are the same steps each time.
//
// Selection sampling: thing i of n is taken with probability (still wanted) / (n − i). Ascending, without memory of n.
// Source: Knuth, The Art of Computer Programming 2, §3.4.2, algorithm S (Fan, Muller, Rezucha 1962).
#pragma once

#include <cstddef>
#include <vector>

#include "pianola/base/random.hpp"

namespace pianola {

/// Indices below `size`, ascending: `count` of them, or all where there are no more. The same for the same key.
/// Cost: one uniform an index.
std::vector<std::size_t> random_subset(std::size_t size, std::size_t count, const NoiseKey& key);

}  // namespace pianola
