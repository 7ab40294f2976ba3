// The formats that datasets are read from and written to. Adding one: a source file, a line in formats.cpp, a test.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "pianola/data/dataset.hpp"

namespace pianola {

/// How a dataset is to be read.
struct ReadOptions {
  std::vector<std::string> observation = {};  ///< fields to concatenate as the observation, in this order; empty: all
  /// The field that is the action, where a format leaves that open (LeRobot, zarr, npz, CSV); empty: the format's own.
  std::string action = {};
  /// Only the trajectories of this part of info().subsets; empty: all. @throws UsageError naming the known ones.
  std::string subset = {};
  /// The format by its registered name, where a file fits several, or detection is not wanted; empty: detected.
  std::string format = {};
  /// Steps after which an episode ends that no flag ends, where flat formats record no timeouts (D4RL); 0: not given.
  std::size_t step_limit = 0;
  /// Observations are not looked at, good or bad: info().observation_dim is 0, and trajectories have none.
  bool actions_only = false;
  /// Actions and observations, all that learning sees, and names: what else a trajectory records is not looked at, good
  /// or bad. An outcome that only `dones` would tell is `truncated`.
  bool learning_only = false;
  /// Fields that are no vector a step (images) are left out and listed in info().left_out_fields. Without it they are
  /// refused, so that no field is dropped unseen. Fields asked for by name are read whatever their shape.
  bool leave_out_images = false;
};

/// One entry of the registry.
struct FormatEntry {
  std::string name, summary;
  bool can_read = true, can_write = true;
  /// Empty if the file at `path` is of this format, else the reason why not (shown when no format fits).
  /// @throws DataError if the file is damaged so that no format can tell.
  std::string (*detect)(const std::string& path);
  std::unique_ptr<TrajectoryReader> (*open)(const std::string& path, const ReadOptions&);
  std::unique_ptr<TrajectoryWriter> (*create)(const std::string& path, const DatasetInfo&);  ///< null if read-only
  std::vector<std::string> extensions = {};  ///< of paths that are written in this format: ".hdf5"
};

/// All formats that this build has, in the order in which they are tried.
std::span<const FormatEntry> formats();

/// Opens a dataset of any known format, which is detected, or taken from options.format, and named in info().format.
/// @throws DataError if the file is missing, is no dataset of a known format (says why for each), fits several, or is
/// damaged; UsageError for an unknown options.format.
std::unique_ptr<TrajectoryReader> open_dataset(const std::string& path, const ReadOptions& options = {});

/// Starts a dataset at `path`; the format by name, or by the path's extension if `format` is empty.
/// @throws UsageError for an unknown format or extension.
std::unique_ptr<TrajectoryWriter> create_dataset(const std::string& path, const DatasetInfo& info,
                                                 const std::string& format = "");

/// The format in which a dataset that was read in format `own` is written to `path`: the one that the extension names,
/// else its own. @throws UsageError if that cannot be written.
std::string output_format(const std::string& path, const std::string& own);

}  // namespace pianola
