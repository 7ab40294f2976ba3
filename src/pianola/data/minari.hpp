// Demonstrations in Minari's HDF5 layout. Source: Farama-Foundation/Minari 0.5, dataset/_storages/hdf5_storage.py.
//
//   NAME/data/metadata.json     spaces (JSON in a string), total_episodes, total_steps, data_format, provenance
//   NAME/data/main_data.hdf5
//     episode_i                 attributes id, total_steps, seed, options/…
//       observations            [T + 1, …], or groups: keys of a Dict space, _index_k of a Tuple space
//       actions                 [T, …], or groups likewise: concatenated
//       rewards, terminations, truncations  [T]
//       infos/…                 [T] or [T + 1]
//
// Observations are rows 0 … T − 1, next observations rows 1 … T: the final one is never an observation of its own, and
// never the next episode's. Infos of T + 1 rows belong to observations; the last row is left out, and info().unread
// says so. JPEG-encoded images, texts and what is no vector a step are listed there too. Discrete and MultiDiscrete
// actions are categorical, MultiBinary ones binary; a bounded Box gives the range.
//
// Written files load in minari, as NAME/data. What the layout demands and a dataset lacks is made up in a way that
// lost() tells and that is undone when read back here: rewards are NaN, a missing final observation repeats the last.
//
// Only a build with PIANOLA_WITH_HDF5 has these functions.
#pragma once

#include <memory>
#include <string>

#include "pianola/data/formats.hpp"

namespace pianola {

/// As FormatEntry::detect: the dataset's folder, its folder data, or main_data.hdf5 itself.
std::string detect_minari(const std::string& path);

/// @throws DataError if a part is missing, damaged, or episodes do not add up; UsageError for an unknown field.
std::unique_ptr<TrajectoryReader> open_minari(const std::string& path, const ReadOptions& options);

/// Starts the folder `path`, which must be free. @throws DataError, ResourceError.
std::unique_ptr<TrajectoryWriter> create_minari(const std::string& path, const DatasetInfo& info);

}  // namespace pianola
