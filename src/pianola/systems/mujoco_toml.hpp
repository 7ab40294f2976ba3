// Task files of `mujoco:path=TASK.toml`.
//
//   model = "hopper.xml"                  # relative to this file
//   frame_skip = 4
//   horizon = 1000
//   observation = [ { source = "qpos", first = 1 }, { source = "qvel", clip_low = -10, clip_high = 10 } ]
//   [[reward]]
//   term = "velocity"                     # of the root's x
//   source = "qpos"
//   count = 1
//   [[termination]]
//   source = "qpos"
//   name = "rooty"
//   low = -0.2
//   high = 0.2
//   [[reset]]
//   target = "qpos"
//   low = -0.005
//   high = 0.005
//
// Keys, defaults and meaning are those of MujocoTask and its parts (mujoco_task.hpp). A key that is read but not used
// would be silently ignored, so it is refused.
#pragma once

#include <string>
#include <string_view>

#include "pianola/systems/mujoco_task.hpp"

namespace pianola {

/// Reads a task's text. `where` names it in messages and becomes MujocoTask::where.
/// @throws DataError naming file, line, key and value for a syntax error, an unknown key (with the nearest known one),
/// a value of the wrong type, a key that the table's term or law does not use, a law without its numbers, or a missing
/// `model`.
MujocoTask parse_mujoco_task(std::string_view text, const std::string& where);

/// Reads the file; `model` becomes a path relative to the file's folder. @throws DataError also if it is not there.
MujocoTask read_mujoco_task(const std::string& path);

}  // namespace pianola
