// robomimic's filter keys: /mask/<key> lists the names of the trajectories of a part, such as "train" and "valid".
// Source: robomimic, docs/datasets/overview.md, "Filter Keys".
//
// Only a build with PIANOLA_WITH_HDF5 has these functions.
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "pianola/data/hdf5_file.hpp"
#include "pianola/data/hdf5_writer.hpp"

namespace pianola {

/// Key → ascending numbers of trajectories; `names`: of the groups under /data, in order. Keys may be nested
/// ("20/train").
/// @throws DataError naming key and name if one is listed that is no trajectory, or twice.
std::map<std::string, std::vector<std::size_t>> read_robomimic_masks(const Hdf5File& file,
                                                                     std::span<const std::string> names);

/// Writes them for trajectories demo_0 … of `trajectories`. @throws DataError for a number that is not among them.
void write_robomimic_masks(Hdf5Writer& file, const std::map<std::string, std::vector<std::size_t>>& subsets,
                           std::size_t trajectories, const std::string& path);

}  // namespace pianola
