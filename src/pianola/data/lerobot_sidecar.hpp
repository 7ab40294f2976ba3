// meta/pianola.json beside LeRobot's own metadata: what its format has no place for. LeRobot does not look at it.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "pianola/data/dataset.hpp"

namespace pianola {

inline constexpr int kLeRobotSidecarVersion = 1;  ///< the newest format_version that is read, and the one written

/// Of one episode.
struct LeRobotEpisodeNotes {
  std::string name;                ///< "" if LeRobot's own number is its name
  std::optional<Outcome> outcome;  ///< nothing if `next.done` tells the same
  std::map<std::string, std::string> attributes;
};

struct LeRobotSidecar {
  std::map<std::size_t, LeRobotEpisodeNotes> episodes;      ///< by episode_index; most episodes have none
  std::map<std::string, std::vector<std::size_t>> subsets;  ///< those that are no range of episodes
};

/// Whether LeRobot's splits can say it: ascending episodes without a gap, not empty.
bool is_lerobot_range(const std::vector<std::size_t>& numbers);

/// Reads root/meta/pianola.json, if there is one: the actions' range and kinds, and attributes, into `info`. What it
/// says of episodes holds for as many as there were when it was written: it is ignored for another number of
/// `episodes`, since other tools do not maintain it. @throws DataError naming file and field.
LeRobotSidecar read_lerobot_sidecar(const std::string& root, DatasetInfo& info, std::size_t episodes);

/// Its text. Attributes that info.json holds itself are left out.
std::string lerobot_sidecar_text(const LeRobotSidecar& sidecar, const DatasetInfo& info, std::size_t episodes);

}  // namespace pianola
