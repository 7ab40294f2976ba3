// Where the episodes of flat columns end: the marks that flat_table.hpp lists.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "pianola/data/flat_table.hpp"

namespace pianola {

struct FlatEpisodes {
  std::vector<std::size_t> ends;  ///< row behind the last of each episode, strictly rising
  std::vector<Outcome> outcomes;  ///< of each, where a step limit decides; else empty
};

/// "episode_ends", "episode_starts", "episode", "episode_index", "episode_id".
bool is_episode_mark(std::string_view name);

/// `named`: of each column. `steps`: rows of the actions. Memory: a number an episode, and 512 KiB.
/// @throws DataError if no mark is there, or they do not add up; UsageError for a step limit beside timeouts.
FlatEpisodes find_flat_episodes(FlatColumns& columns, std::span<const NamedRole> named, std::size_t steps,
                                const DatasetInfo& info, const ReadOptions& options);

}  // namespace pianola
