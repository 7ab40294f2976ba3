// Training and validation: whole trajectories are held out, since steps of one trajectory are no independent samples.
#pragma once

#include <cstddef>
#include <vector>

#include "pianola/base/random.hpp"

namespace pianola {

struct TrajectorySplit {
  std::vector<std::size_t> train, validation;  ///< trajectory numbers, ascending, disjoint, all of them together
};

/// Holds out round(fraction · trajectories), but at least one if fraction > 0 and there are two, and never all.
/// A function of (key, trajectories, fraction).
TrajectorySplit split_trajectories(std::size_t trajectories, double fraction, const NoiseKey& key);

}  // namespace pianola
