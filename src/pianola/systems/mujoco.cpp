#include "pianola/systems/mujoco.hpp"

#include <fmt/format.h>

#include <cmath>
#include <optional>

#include "pianola/base/error.hpp"
#include "pianola/base/spec.hpp"
#include "pianola/systems/lanes.hpp"
#include "pianola/systems/mujoco_toml.hpp"
#include "pianola/systems/registry.hpp"

#ifdef PIANOLA_WITH_MUJOCO
#include "pianola/systems/mujoco_system.hpp"
#endif

namespace pianola {
namespace {

constexpr const char* kName = "mujoco";

struct MujocoOptions {
  std::string path, model;
  std::optional<int> frame_skip, horizon;
  std::optional<double> reset_noise;
  template <class V>
  void visit(V&& v) {
    v("path", path, "TOML file of the task: observation, reward, termination, reset");
    v("model", model, "instead: an MJCF or URDF file; observed are qpos and qvel, the reward is 0");
    v("frame_skip", frame_skip, "simulator steps of one step (the task's, else 1)");
    v("horizon", horizon, "steps of a trajectory (the task's, else 1000)");
    v("reset_noise", reset_noise, "instead of the task's: uniform within ± this on every qpos and qvel");
  }
};

/// What is wrong with an option is the caller's fault, and named as an option; a task's own keys are data.
void require_options(const MujocoOptions& options) {
  if (options.path.empty() == options.model.empty()) {
    throw UsageError("system 'mujoco' takes one of path=TASK.toml and model=ROBOT.xml");
  }
  if (options.horizon) checked_horizon(kName, *options.horizon);
  if (options.frame_skip.value_or(1) < 1) {
    throw UsageError(
        fmt::format("system 'mujoco': option 'frame_skip' must be at least 1, not {}", *options.frame_skip));
  }
  if (const double noise = options.reset_noise.value_or(0.0); !std::isfinite(noise) || noise < 0.0) {
    throw UsageError(fmt::format("system 'mujoco': option 'reset_noise' must be finite and ≥ 0, not {}", noise));
  }
}

MujocoTask task_of(const MujocoOptions& options) {
  require_options(options);
  MujocoTask task;
  if (options.path.empty()) {
    task.where = task.model = options.model;
    task.reward_range = {0.0, 1.0};
  } else {
    task = read_mujoco_task(options.path);
  }
  task.spec = write_spec(kName, options).text();
  task.frame_skip = options.frame_skip.value_or(task.frame_skip);
  task.horizon = options.horizon.value_or(task.horizon);
  if (const double scale = options.reset_noise.value_or(0.0); options.reset_noise) {
    task.reset = {{.target = "qpos", .low = -scale, .high = scale}, {.target = "qvel", .low = -scale, .high = scale}};
  }
  return task;
}

std::shared_ptr<const System> make(const Spec& spec, const SystemContext&) {
  return make_mujoco_system(task_of(read_options<MujocoOptions>(spec, "system 'mujoco'")));
}

}  // namespace

SystemEntry system_entry_mujoco() {
  return {kName, "any MuJoCo model, with a task declared in TOML", describe_options<MujocoOptions>(), make,
          mujoco_unavailable()};
}

#ifdef PIANOLA_WITH_MUJOCO
namespace {

const MujocoSystem& mujoco_of(const System& system) {
  if (const auto* mujoco = dynamic_cast<const MujocoSystem*>(&system)) return *mujoco;
  throw UsageError("system '" + system.info().spec + "' is no MuJoCo system; it has no qpos and qvel");
}

}  // namespace

std::string mujoco_unavailable() { return ""; }

std::shared_ptr<const System> make_mujoco_system(const MujocoTask& task) {
  return std::make_shared<const MujocoSystem>(task);
}

std::vector<double> mujoco_state(const System& system, std::span<const double> qpos, std::span<const double> qvel) {
  return mujoco_of(system).state(qpos, qvel);
}

std::vector<double> mujoco_state_from_observation(const System& system, std::span<const double> observation) {
  return mujoco_of(system).state_from_observation(observation);
}
#else
std::string mujoco_unavailable() { return "it was built without MuJoCo; configure with -DPIANOLA_WITH_MUJOCO=ON"; }

std::shared_ptr<const System> make_mujoco_system(const MujocoTask& task) {
  throw UsageError("system '" + task.spec + "' is not in this build: " + mujoco_unavailable());
}

std::vector<double> mujoco_state(const System& system, std::span<const double>, std::span<const double>) {
  throw UsageError("system '" + system.info().spec + "' is no MuJoCo system: " + mujoco_unavailable());
}

std::vector<double> mujoco_state_from_observation(const System& system, std::span<const double>) {
  return mujoco_state(system, {}, {});
}
#endif

}  // namespace pianola
