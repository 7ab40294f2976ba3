// meta/pianola.json beside LeRobot's own metadata: what its format has no place for. LeRobot does not look at it.
//
// As info_json.hpp has it, and trajectory_attributes {"3": {"seed": "7"}}.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "pianola/data/dataset.hpp"

namespace pianola {

/// Of one episode.
struct LeRobotEpisodeNotes {
  std::string name;
  std::optional<Outcome> outcome;
  std::map<std::string, std::string> attributes;
};

struct LeRobotSidecar {
  std::map<std::size_t, LeRobotEpisodeNotes> episodes;      ///< by episode_index
  std::map<std::string, std::vector<std::size_t>> subsets;  ///< those that are no range of episodes
};

/// Whether LeRobot's splits can say it: ascending episodes without a gap, not empty.
bool is_lerobot_range(const std::vector<std::size_t>& numbers);

/// Reads root/meta/pianola.json, if there is one: the actions' range and kinds, and attributes, into `info`. What it
/// says of episodes holds for as many as there were when it was written: it is ignored for another number of
/// `episodes`, since other tools do not maintain it. @throws DataError naming file and field.
LeRobotSidecar read_lerobot_sidecar(const std::string& root, DatasetInfo& info, std::size_t episodes);

/// Its text, for a sidecar with notes of each of the episodes. Attributes that info.json holds itself are left out.
/// @throws DataError naming `path` for a text that is no UTF-8.
std::string lerobot_sidecar_text(const LeRobotSidecar& sidecar, const DatasetInfo& info, std::size_t episodes,
                                 const std::string& path);

}  // namespace pianola
