// Some trajectories of a dataset as a dataset: those that could be read, or one part of a split.
#pragma once

#include <memory>
#include <vector>

#include "pianola/data/dataset.hpp"

namespace pianola {

/// The trajectories of `reader` (a reference is kept) with these numbers, in this order; info().subsets is empty.
/// @throws UsageError for a number that the reader does not have.
std::unique_ptr<TrajectoryReader> select_trajectories(TrajectoryReader& reader, std::vector<std::size_t> numbers);
/// The same of a reader that is kept.
std::unique_ptr<TrajectoryReader> select_trajectories(std::unique_ptr<TrajectoryReader> reader,
                                                      std::vector<std::size_t> numbers);

}  // namespace pianola
