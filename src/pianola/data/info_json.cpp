#include "pianola/data/info_json.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "pianola/base/error.hpp"

namespace pianola {
namespace {

using Json = nlohmann::ordered_json;
constexpr int kVersion = 1;

void read_fields(const Json& json, DatasetInfo& info, const std::string& path) {
  for (const Json& entry : json.value("observation_fields", Json::array())) {
    const auto dim = entry.at(1).get<std::size_t>();
    if (__builtin_add_overflow(info.observation_dim, dim, &info.observation_dim) || dim == 0) {
      throw DataError(fmt::format("{}: its observation fields have impossible dimensions", path));
    }
    info.observation_fields.push_back({entry.at(0).get<std::string>(), info.observation_dim - dim, dim});
  }
}

}  // namespace

Outcome outcome_named(const std::string& name, const std::string& where) {
  for (const Outcome outcome : {Outcome::running, Outcome::terminated, Outcome::truncated, Outcome::diverged}) {
    if (name == outcome_name(outcome)) return outcome;
  }
  throw DataError(fmt::format("{}: outcome '{}' is none of running, terminated, truncated, diverged", where, name));
}

std::string info_to_json(const DatasetInfo& info, const TrajectoryNotes& notes, const std::string& path) try {
  Json json{{"format_version", kVersion}};
  for (const ObservationField& field : info.observation_fields) {
    json["observation_fields"].push_back(Json::array({field.name, field.dim}));
  }
  if (!info.action_names.empty()) json["action_names"] = info.action_names;
  for (const ActionKind kind : info.action_kinds) json["action_kinds"].push_back(action_kind_name(kind));
  if (!info.action_range.low.empty()) {
    json["action_low"] = info.action_range.low;
    json["action_high"] = info.action_range.high;
  }
  if (!info.attributes.empty()) json["attributes"] = info.attributes;
  if (!info.subsets.empty()) json["subsets"] = info.subsets;
  json["names"] = notes.names;
  for (const Outcome outcome : notes.outcomes) json["outcomes"].push_back(outcome_name(outcome));
  return json.dump();
} catch (const nlohmann::json::exception& error) {
  throw DataError(fmt::format("{}: a name cannot be stored: {}; names must be UTF-8", path, error.what()));
}

TrajectoryNotes info_from_json(std::string_view text, DatasetInfo& info, const std::string& path) try {
  const Json json = Json::parse(text);
  if (const int version = json.at("format_version").get<int>(); version > kVersion) {
    throw DataError(
        fmt::format("{}: format_version {} of its pianola entry is newer than the {} that is read here; use "
                    "a newer pianola",
                    path, version, kVersion));
  }
  read_fields(json, info, path);
  info.action_names = json.value("action_names", std::vector<std::string>());
  for (const std::string& kind : json.value("action_kinds", std::vector<std::string>())) {
    info.action_kinds.push_back(action_kind_from_name(kind));
  }
  info.action_range.low = json.value("action_low", std::vector<double>());
  info.action_range.high = json.value("action_high", std::vector<double>());
  info.attributes = json.value("attributes", std::map<std::string, std::string>());
  info.subsets = json.value("subsets", std::map<std::string, std::vector<std::size_t>>());
  TrajectoryNotes notes{json.value("names", std::vector<std::string>()), {}};
  for (const std::string& name : json.value("outcomes", std::vector<std::string>())) {
    notes.outcomes.push_back(outcome_named(name, path));
  }
  return notes;
} catch (const nlohmann::json::exception& error) {
  throw DataError(fmt::format("{}: its pianola entry is damaged ({}); write the dataset again", path, error.what()));
} catch (const UsageError& error) {
  throw DataError(fmt::format("{}: its pianola entry: {}", path, error.what()));
}

}  // namespace pianola
