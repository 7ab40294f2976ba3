// Reads a LeRobot dataset of any version, once its metadata say where each episode's rows are.
//
// The observation is every feature `observation.*` that is a vector of numbers, in info.json's order, or the features
// asked for; `action` is the action, or the feature asked for. `timestamp`, `next.reward` or `reward`, and `next.done`
// or `done` go to their places; other features of numbers are extra fields. Images and videos are listed in
// left_out_fields, and not decoded. What is stored in float32 is 32 bits wide.
//
// Attributes: fps, robot_type, codebase_version, tasks (JSON list: task_index → text), features (info.json's, for
// writing them back); of a trajectory: task, or tasks (JSON list) if there are several. Subsets: the splits.
//
// Only a build with PIANOLA_WITH_ARROW has these functions.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "pianola/data/formats.hpp"
#include "pianola/data/lerobot_metadata.hpp"

namespace pianola {

/// `tasks`: text of each task_index. Reads one trajectory at a time; memory: what read() returns, and some pages of
/// each column. Each row's episode_index is held against the metadata, so that no episode ends in another.
/// @throws DataError naming file and field; UsageError for an unknown observation field, action or subset.
std::unique_ptr<TrajectoryReader> make_lerobot_reader(LeRobotInfo info, std::vector<LeRobotEpisode> episodes,
                                                      std::vector<std::string> tasks, const ReadOptions& options,
                                                      const std::string& format);

}  // namespace pianola
