// Demonstrations in robomimic's HDF5 layout. Source: robomimic, docs/datasets/overview.md.
//
//   /data            attributes total, env_args (JSON)
//   /data/demo_i     attribute num_samples
//     actions        [T, a]; 1-D is one column
//     obs            [T, d], or a group of datasets [T, …] (nested: obs/a/b), concatenated in the order of their names
//     rewards, dones | terminals, next_obs (as obs), timestamps | timestamp, executed_actions: optional
//     any other dataset of one row a step (states, …): info().extra_fields, the same in all trajectories
//   /mask/<filter_key>  names of trajectories: info().subsets, ReadOptions::subset
//
// Any group under /data is a trajectory, in natural order of names. Of ours in addition, all on /data unless said
// otherwise: format_version, action_low, action_high, action_kinds and action_names (JSON lists), observation_fields
// (JSON list: their order), provenance as texts; outcome and name on a trajectory. Without `outcome`, a trajectory
// whose last done is 1 counts as terminated, any other as truncated: the layout itself cannot tell.
//
// Differs: fields with more than two dimensions (images) join the observation, flattened, only if they are asked for by
// name. Where no fields are named, a file with such a field is refused, or read without it if the caller asks for that
// (ReadOptions::leave_out_images, as `inspect` does, which lists it). Further datasets that are not one vector of
// numbers a step are listed in info().unread. Attributes of trajectories come and go as text.
//
// Only a build with PIANOLA_WITH_HDF5 has these functions.
#pragma once

#include <memory>
#include <string>

#include "pianola/data/dataset.hpp"
#include "pianola/data/formats.hpp"

namespace pianola {

/// The newest format_version that is read, and the one that is written.
inline constexpr int kRobomimicVersion = 1;

/// As FormatEntry::detect: a file with a group /data.
std::string detect_robomimic(const std::string& path);

/// Opens a file; reads one trajectory at a time. Memory: what read() or read_actions() returns, 8 bytes a number, and
/// libhdf5's own buffers (a chunk of the file); where the observation is made of several fields, a block of one beside.
/// @throws DataError if the file is missing, no HDF5, damaged, without trajectories or of a newer format_version;
/// UsageError for an unknown observation field (with the nearest known one).
std::unique_ptr<TrajectoryReader> open_robomimic(const std::string& path, const ReadOptions& options);

/// Starts a file that robomimic reads too: obs as a group (field "state" where fields have no names), trajectories
/// demo_0, demo_1, … in the order of writing. Numbers come back bit for bit.
/// @throws DataError if `info` does not hold together; ResourceError if the file cannot be made.
std::unique_ptr<TrajectoryWriter> create_robomimic(const std::string& path, const DatasetInfo& info);

}  // namespace pianola
