// Training and validation: whole trajectories are held out, since steps of one trajectory are no independent samples.
#pragma once

#include <cstddef>
#include <vector>

#include "pianola/base/random.hpp"
#include "pianola/data/dataset.hpp"

namespace pianola {

struct TrajectorySplit {
  std::vector<std::size_t> train, validation;  ///< trajectory numbers, ascending, disjoint
};

/// Holds out round(fraction · trajectories), but at least one if fraction > 0 and there are two, and never all.
/// A function of (key, trajectories, fraction).
/// All are in one of the two.
TrajectorySplit split_trajectories(std::size_t trajectories, double fraction, const NoiseKey& key);

/// The same of a dataset's demonstrations. What was relabelled from one (data/relabelled.hpp) is trained on where that
/// is; where that is held out it is in neither list: it would tell what is held out, and is no demonstration itself.
/// @throws DataError as demonstrations_of.
TrajectorySplit split_dataset(const Dataset& dataset, double fraction, const NoiseKey& key);

}  // namespace pianola
