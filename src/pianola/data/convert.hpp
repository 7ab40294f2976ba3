// A dataset written in another format, and what that format cannot hold.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "pianola/base/progress.hpp"
#include "pianola/data/dataset.hpp"

namespace pianola {

struct Conversion {
  std::size_t trajectories = 0, steps = 0;
  /// One sentence each: fields that were left out on reading, and what the writer could not keep.
  std::vector<std::string> lost;
};

/// Writes all that `reader` gives to `writer`, and finishes it. Memory: one trajectory.
/// @throws DataError, ResourceError as reader and writer; Interrupted after Ctrl-C. Nothing half-written is left.
Conversion convert(TrajectoryReader& reader, TrajectoryWriter& writer, Progress& progress = no_progress());

/// What reading left out (images, texts, what has not one row a step), one sentence each.
std::vector<std::string> left_out(const DatasetInfo& info);

}  // namespace pianola
