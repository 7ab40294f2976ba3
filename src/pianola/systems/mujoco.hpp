// MuJoCo systems: `mujoco:path=TASK.toml`, `mujoco:model=ROBOT.xml`, and what other systems are made from.
//
// Differs from calling MuJoCo directly: a state that MuJoCo would silently reset to its initial one is an outcome,
// `diverged`, and the lane keeps its last good state; non-finite actions are refused; nothing writes MUJOCO_LOG.TXT.
// Recordings depend on MuJoCo's version: SystemInfo::simulator names it.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "pianola/systems/mujoco_task.hpp"
#include "pianola/systems/system.hpp"

namespace pianola {

/// Why this build has no MuJoCo systems; "" if it has them.
std::string mujoco_unavailable();

/// The system of this task. Simulations hold one mjData a lane and share the model, which is constant.
/// @throws DataError if the model cannot be read (with the file and MuJoCo's reason) or the task names what it lacks.
/// @throws UsageError without MuJoCo.
std::shared_ptr<const System> make_mujoco_system(const MujocoTask& task);

/// The saved state, for Simulation::restore(), of these positions and velocities and all else as a reset without noise
/// leaves it. qpos: [nq], qvel: [nv].
/// @throws UsageError if `system` is no MuJoCo system or the sizes differ.
std::vector<double> mujoco_state(const System& system, std::span<const double> qpos, std::span<const double> qvel);

/// The same from an observation: [observation_dim]. Entries of qpos and qvel that no plain (unmapped) term shows stay
/// as a reset without noise leaves them. A clipped entry is taken as it stands.
std::vector<double> mujoco_state_from_observation(const System& system, std::span<const double> observation);

}  // namespace pianola
