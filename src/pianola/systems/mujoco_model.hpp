// MuJoCo's objects with owners, names looked up with suggestions, and its global handlers. Internal: needs MuJoCo.
#pragma once

#include <mujoco/mujoco.h>

#include <memory>
#include <string>

#include "pianola/systems/mujoco_task.hpp"

namespace pianola {

/// Installs mju_user_error and mju_user_warning unless the process has its own: then MuJoCo neither prints, nor exits,
/// nor writes MUJOCO_LOG.TXT. An error becomes a ResourceError; warnings are counted in mjData, where step() reads
/// them.
void install_mujoco_handlers();

/// Reads and compiles the model of `task`, its file or its text. Calls are serialised: MuJoCo's parser has globals.
/// @throws DataError with the file and MuJoCo's reason.
std::shared_ptr<const mjModel> load_mujoco_model(const MujocoTask& task);

struct MujocoDataDeleter {
  void operator()(mjData* data) const { mj_deleteData(data); }
};
using MujocoData = std::unique_ptr<mjData, MujocoDataDeleter>;

/// @throws ResourceError if there is no memory for it.
MujocoData make_mujoco_data(const mjModel& model);

/// The number of the object `name`. `where` stands before the message.
/// @throws DataError that names the nearest object of this type.
int mujoco_object(const mjModel& model, mjtObj type, const std::string& name, const std::string& where);

/// "mujoco 3.4.0".
std::string mujoco_version();

}  // namespace pianola
