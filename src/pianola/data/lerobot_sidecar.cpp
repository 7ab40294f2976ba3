#include "pianola/data/lerobot_sidecar.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "pianola/base/error.hpp"
#include "pianola/base/file.hpp"
#include "pianola/data/info_json.hpp"
#include "pianola/data/lerobot_metadata.hpp"

namespace pianola {
namespace {

using Json = nlohmann::ordered_json;

/// Attributes of episodes, which info_json.hpp has no place for.
constexpr const char* kAttributes = "trajectory_attributes";

void check_subsets(const LeRobotSidecar& sidecar, std::size_t episodes, const std::string& file) {
  for (const auto& [name, numbers] : sidecar.subsets) {
    const auto beyond = std::find_if(numbers.begin(), numbers.end(), [&](std::size_t n) { return n >= episodes; });
    if (beyond == numbers.end()) continue;
    throw DataError(fmt::format("{}: subset '{}' lists episode {} of {}", file, name, *beyond, episodes));
  }
}

void read_attributes(const Json& json, LeRobotSidecar& sidecar, const std::string& file) try {
  if (!json.contains(kAttributes)) return;
  for (const auto& [number, attributes] : json.at(kAttributes).items()) {
    sidecar.episodes[std::stoul(number)].attributes = attributes.get<std::map<std::string, std::string>>();
  }
} catch (const std::exception& error) {
  throw DataError(
      fmt::format("{}: field '{}' must hold an object of texts for each episode: {}", file, kAttributes, error.what()));
}

}  // namespace

bool is_lerobot_range(const std::vector<std::size_t>& numbers) {
  return !numbers.empty() && numbers.back() - numbers.front() + 1 == numbers.size();
}

LeRobotSidecar read_lerobot_sidecar(const std::string& root, DatasetInfo& info, std::size_t episodes) {
  LeRobotSidecar sidecar;
  const std::string file = (std::filesystem::path(root) / "meta" / "pianola.json").string();
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored)) return sidecar;
  const std::string text = read_file(file);
  const Json json = parse_lerobot_json(text, file);
  DatasetInfo stored;
  const TrajectoryNotes notes = info_from_json(text, stored, file);
  info.action_range = stored.action_range;
  info.action_kinds = stored.action_kinds;
  info.attributes = stored.attributes;
  if (notes.names.size() != episodes) return sidecar;
  sidecar.subsets = stored.subsets;
  check_subsets(sidecar, episodes, file);
  for (std::size_t i = 0; i < episodes; ++i) {
    LeRobotEpisodeNotes& episode = sidecar.episodes[i];
    episode.name = notes.names[i];
    if (i < notes.outcomes.size()) episode.outcome = notes.outcomes[i];
  }
  read_attributes(json, sidecar, file);
  return sidecar;
}

std::string lerobot_sidecar_text(const LeRobotSidecar& sidecar, const DatasetInfo& info, std::size_t episodes,
                                 const std::string& path) {
  static constexpr std::array kOwn{"codebase_version", "fps", "features", "robot_type", "tasks"};
  DatasetInfo kept;
  kept.action_range = info.action_range;
  kept.action_kinds = info.action_kinds;
  kept.attributes = info.attributes;
  for (const char* own : kOwn) kept.attributes.erase(own);
  for (const auto& [name, numbers] : info.subsets) {
    if (!is_lerobot_range(numbers)) kept.subsets[name] = numbers;
  }
  TrajectoryNotes notes;
  Json attributes = Json::object();
  for (std::size_t i = 0; i < episodes; ++i) {
    const LeRobotEpisodeNotes& episode = sidecar.episodes.at(i);
    notes.names.push_back(episode.name);
    notes.outcomes.push_back(episode.outcome.value_or(Outcome::truncated));
    if (!episode.attributes.empty()) attributes[std::to_string(i)] = episode.attributes;
  }
  Json json = Json::parse(info_to_json(kept, notes, path));
  if (!attributes.empty()) json[kAttributes] = attributes;
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace pianola
