// Demonstrations as diffusion_policy keeps them: a zarr v2 dataset, as a folder or packed into a .zip.
// Source: real-stanford/diffusion_policy, common/replay_buffer.py.
//
//   data/<key>          [N, …], one row a step, all episodes one after the other
//   meta/episode_ends   [episodes] int64, cumulative
//
// Compressors: none, zlib, gzip, zstd and blosc. Keys are given meanings as flat_table.hpp says ("action"; "obs",
// "state"); every further key is an extra field, or, where nothing is called an observation, part of it. Keys with more
// than one dimension a step (images) are not read unless they are asked for. Each chunk must have been written.
//
// Written as a folder, compressed by zstd where the build has it; .zattrs of the root holds our note in addition. A "/"
// in the name of a field becomes ".", because diffusion_policy knows no groups below data.
#pragma once

#include <memory>
#include <string>

#include "pianola/data/formats.hpp"

namespace pianola {

/// As FormatEntry::detect: data/…/.zarray and meta/episode_ends.
std::string detect_zarr(const std::string& path);

/// Memory: one trajectory and one chunk of each key. @throws DataError, UsageError as read_flat.
std::unique_ptr<TrajectoryReader> open_zarr(const std::string& path, const ReadOptions& options);

std::unique_ptr<TrajectoryWriter> create_zarr(const std::string& path, const DatasetInfo& info);

}  // namespace pianola
