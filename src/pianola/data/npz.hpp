// Demonstrations in NumPy's .npz (numpy.savez, savez_compressed): flat arrays of one row a step, as flat_table.hpp
// reads them: observations, actions, …, and episode_ends or other marks.
//
// Any real type and byte order; Fortran order up to two dimensions, such an array is held in memory whole. Arrays that
// are not of numbers, or not of one row a step, are listed in info().unread.
//
// Written: episode_ends (int64, cumulative), one array a field, and the member pianola.json (numpy.load leaves it
// alone) with names, kinds, range, subsets and outcomes. Stored, not compressed; up to 4 GiB.
#pragma once

#include <memory>
#include <string>

#include "pianola/data/formats.hpp"

namespace pianola {

/// As FormatEntry::detect: a zip archive with a member *.npy.
std::string detect_npz(const std::string& path);

/// Memory: one trajectory. @throws DataError, UsageError as read_flat.
std::unique_ptr<TrajectoryReader> open_npz(const std::string& path, const ReadOptions& options);

std::unique_ptr<TrajectoryWriter> create_npz(const std::string& path, const DatasetInfo& info);

}  // namespace pianola
