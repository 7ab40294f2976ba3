// A LeRobot dataset being written: what its versions share. A version says how frames become files.
//
// The folder appears at its path, whole, with finish(). Only a build with PIANOLA_WITH_ARROW has these functions.
#pragma once

#include <cstddef>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "pianola/base/atomic_folder.hpp"
#include "pianola/data/dataset.hpp"
#include "pianola/data/lerobot_frames.hpp"
#include "pianola/data/lerobot_sidecar.hpp"

namespace pianola {

/// The version's part. Paths are below the folder that is being written.
class LeRobotLayout {
 public:
  virtual ~LeRobotLayout() = default;
  /// Writes the current episode of `frames`.
  virtual void write_episode(const std::string& root, const LeRobotFrames& frames) = 0;
  /// Writes the rest but info.json, once all episodes are written; adds what the version has to `info`.
  virtual void finish(const std::string& root, const LeRobotFrames& frames, nlohmann::ordered_json& info) = 0;
};

/// @throws DataError if `info` does not hold together; ResourceError if the folder cannot be made.
std::unique_ptr<TrajectoryWriter> make_lerobot_writer(const std::string& path, const DatasetInfo& info,
                                                      std::unique_ptr<LeRobotLayout> layout);

/// Makes the folders above a file that is to be written; returns its path. @throws ResourceError.
std::string make_lerobot_path(const std::string& root, const std::string& file);

}  // namespace pianola
