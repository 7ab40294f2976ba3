// Gymnasium's MuJoCo tasks, versions 4 and 5, as data. Adding one: a function and a row in gymnasium_tasks.cpp.
#pragma once

#include <string>
#include <vector>

#include "pianola/systems/mujoco_task.hpp"

namespace pianola {

/// "Hopper-v4", "Hopper-v5", …
std::vector<std::string> gymnasium_task_names();

/// The task; `model` is the file's name in Gymnasium's folder of assets. @throws UsageError naming the nearest task.
MujocoTask gymnasium_task(const std::string& name);

}  // namespace pianola
