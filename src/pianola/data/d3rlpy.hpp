// Demonstrations in d3rlpy's HDF5 layout, read-only. Source: takuseno/d3rlpy 2.x, d3rlpy/dataset/io.py (version "2.1").
//
//   columns, num_episodes, version      at the root
//   observations_<i>[_<j>], actions_<i>, rewards_<i> [T, …], terminated_<i> (one flag an episode)
//
// Tuple observations are the fields 0, 1, …. An episode that is not terminated is truncated.
//
// Only a build with PIANOLA_WITH_HDF5 has these functions.
#pragma once

#include <memory>
#include <string>

#include "pianola/data/formats.hpp"

namespace pianola {

/// As FormatEntry::detect: num_episodes and actions_0 at the root.
std::string detect_d3rlpy(const std::string& path);

/// @throws DataError, UsageError as read_table.
std::unique_ptr<TrajectoryReader> open_d3rlpy(const std::string& path, const ReadOptions& options);

}  // namespace pianola
