#include "pianola/data/lerobot_observation_names.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace pianola {
namespace {

/// The texts of a feature's `names`, which LeRobot also writes in a list of its own or below a key; empty unless there
/// is one for each number.
std::vector<std::string> names_of(const nlohmann::json& feature, std::size_t dim) {
  const nlohmann::json* names = feature.is_object() && feature.contains("names") ? &feature["names"] : nullptr;
  while (names != nullptr && names->size() == 1 && (names->front().is_array() || names->is_object())) {
    names = &names->front();
  }
  if (names == nullptr || !names->is_array() || names->size() != dim) return {};
  std::vector<std::string> texts;
  for (const nlohmann::json& name : *names) {
    if (!name.is_string()) return {};
    texts.push_back(name.get<std::string>());
  }
  return texts;
}

}  // namespace

std::vector<std::string> lerobot_observation_names(const DatasetInfo& info) {
  const auto text = info.attributes.find("features");
  if (!info.format.starts_with("lerobot_") || text == info.attributes.end()) return {};
  const auto features = nlohmann::json::parse(text->second, nullptr, false);
  if (!features.is_object()) return {};
  const bool several = info.observation_fields.size() > 1;
  bool any = false;
  std::vector<std::string> all;
  for (const ObservationField& field : info.observation_fields) {
    const auto feature = features.find(field.name);
    const std::vector<std::string> own =
        feature == features.end() ? std::vector<std::string>() : names_of(*feature, field.dim);
    const std::string shown = field.name.starts_with("observation.") ? field.name.substr(12) : field.name;
    any = any || !own.empty();
    for (std::size_t d = 0; d < field.dim; ++d) {
      all.push_back(own.empty() ? fmt::format("{}[{}]", shown, d) : several ? shown + "." + own[d] : own[d]);
    }
  }
  return any ? all : std::vector<std::string>();
}

}  // namespace pianola
