#include "pianola/data/lerobot_sidecar.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "pianola/base/error.hpp"
#include "pianola/base/file.hpp"
#include "pianola/data/lerobot_metadata.hpp"

namespace pianola {
namespace {

using Json = nlohmann::ordered_json;

/// A part of the file with its place in it, for messages.
struct Part {
  const Json& json;
  std::string where;

  [[noreturn]] void fail(const std::string& key, const char* required) const {
    throw DataError(fmt::format("{}: field '{}' must be {}", where, key, required));
  }
  [[nodiscard]] std::string text(const std::string& key) const {
    if (!json.contains(key)) return "";
    if (!json[key].is_string()) fail(key, "a text");
    return json[key].get<std::string>();
  }
  [[nodiscard]] std::vector<double> numbers(const std::string& key) const {
    std::vector<double> out;
    if (!json.contains(key)) return out;
    if (!json[key].is_array()) fail(key, "a list of numbers");
    for (const Json& entry : json[key]) {
      if (!entry.is_number()) fail(key, "a list of numbers");
      out.push_back(entry.get<double>());
    }
    return out;
  }
  [[nodiscard]] std::map<std::string, std::string> texts(const std::string& key) const {
    std::map<std::string, std::string> out;
    if (!json.contains(key)) return out;
    if (!json[key].is_object()) fail(key, "an object of texts");
    for (const auto& [name, entry] : json[key].items()) {
      if (!entry.is_string()) fail(key, "an object of texts");
      out.emplace(name, entry.get<std::string>());
    }
    return out;
  }
};

Outcome outcome_from(const Part& part, const std::string& name) {
  for (const Outcome outcome : {Outcome::running, Outcome::terminated, Outcome::truncated, Outcome::diverged}) {
    if (name == outcome_name(outcome)) return outcome;
  }
  part.fail("outcome", "one of: running, terminated, truncated, diverged");
}

LeRobotEpisodeNotes notes_of(const Part& part) {
  LeRobotEpisodeNotes notes{part.text("name"), std::nullopt, part.texts("attributes")};
  if (const std::string outcome = part.text("outcome"); !outcome.empty()) notes.outcome = outcome_from(part, outcome);
  return notes;
}

void read_subsets(const Part& part, std::size_t episodes, LeRobotSidecar& sidecar) {
  if (!part.json.contains("subsets")) return;
  if (!part.json["subsets"].is_object()) part.fail("subsets", "an object");
  for (const auto& [name, numbers] : part.json["subsets"].items()) {
    if (!numbers.is_array()) part.fail("subsets." + name, "a list of episodes");
    for (const Json& number : numbers) {
      if (!number.is_number_unsigned() || number.get<std::size_t>() >= episodes) {
        part.fail("subsets." + name, "a list of episodes that there are");
      }
      sidecar.subsets[name].push_back(number.get<std::size_t>());
    }
  }
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
  const Json json = parse_lerobot_json(read_file(file), file);
  if (!json.is_object()) throw DataError(file + ": it must hold one JSON object");
  const std::size_t version = lerobot_size(json, "format_version", file);
  if (version > kLeRobotSidecarVersion) {
    throw DataError(fmt::format("{}: format_version {} is newer than the {} that is read here; use a newer pianola",
                                file, version, kLeRobotSidecarVersion));
  }
  const Part part{json, file};
  info.action_range = {part.numbers("action_low"), part.numbers("action_high")};
  info.attributes = part.texts("attributes");
  if (json.contains("action_kinds")) {
    for (const std::string& kind : lerobot_texts(json, "action_kinds", file)) {
      try {
        info.action_kinds.push_back(action_kind_from_name(kind));
      } catch (const UsageError& error) {
        throw DataError(fmt::format("{}: field 'action_kinds': {}", file, error.what()));
      }
    }
  }
  if (lerobot_size(json, "total_episodes", file) != episodes) return sidecar;
  read_subsets(part, episodes, sidecar);
  if (!json.contains("episodes")) return sidecar;
  if (!json["episodes"].is_array()) part.fail("episodes", "a list");
  for (const Json& entry : json["episodes"]) {
    if (!entry.is_object()) part.fail("episodes", "a list of objects");
    sidecar.episodes.emplace(lerobot_size(entry, "episode_index", file), notes_of({entry, file + ": episodes"}));
  }
  return sidecar;
}

std::string lerobot_sidecar_text(const LeRobotSidecar& sidecar, const DatasetInfo& info, std::size_t episodes) {
  static constexpr std::array kOwn{"codebase_version", "fps", "features", "robot_type", "tasks"};
  Json json{{"format_version", kLeRobotSidecarVersion}, {"total_episodes", episodes}};
  if (!info.action_range.low.empty()) {
    json["action_low"] = info.action_range.low;
    json["action_high"] = info.action_range.high;
  }
  for (const ActionKind kind : info.action_kinds) json["action_kinds"].push_back(action_kind_name(kind));
  for (const auto& [name, text] : info.attributes) {
    if (std::find(kOwn.begin(), kOwn.end(), name) == kOwn.end()) json["attributes"][name] = text;
  }
  for (const auto& [name, numbers] : info.subsets) {
    if (!is_lerobot_range(numbers)) json["subsets"][name] = numbers;
  }
  for (const auto& [number, notes] : sidecar.episodes) {
    Json entry{{"episode_index", number}};
    if (!notes.name.empty()) entry["name"] = notes.name;
    if (notes.outcome) entry["outcome"] = outcome_name(*notes.outcome);
    if (!notes.attributes.empty()) entry["attributes"] = notes.attributes;
    json["episodes"].push_back(std::move(entry));
  }
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace pianola
