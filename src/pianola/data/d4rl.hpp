// Demonstrations in D4RL's flat HDF5 layout. Source: Farama-Foundation/D4RL, d4rl/offline_env.py.
//
//   observations [N, …], next_observations, actions [N, …], rewards, terminals, timeouts [N], infos/… [N, …]
//
// An episode ends where terminals ∨ timeouts; without timeouts (older sets) a step limit is needed, of the root's
// attribute max_episode_steps or ReadOptions::step_limit (flat_table.hpp). metadata/… and what else has not one row a
// step is listed in info().unread. Written files have, beyond the layout, the root's attribute `pianola`: fields of the
// observation, names and kinds of actions, subsets, outcomes.
//
// Only a build with PIANOLA_WITH_HDF5 has these functions.
#pragma once

#include <memory>
#include <string>

#include "pianola/data/formats.hpp"

namespace pianola {

/// As FormatEntry::detect: datasets actions, observations and terminals or timeouts at the root.
std::string detect_d4rl(const std::string& path);

/// Memory: one trajectory. @throws DataError, UsageError as read_flat.
std::unique_ptr<TrajectoryReader> open_d4rl(const std::string& path, const ReadOptions& options);

std::unique_ptr<TrajectoryWriter> create_d4rl(const std::string& path, const DatasetInfo& info);

}  // namespace pianola
