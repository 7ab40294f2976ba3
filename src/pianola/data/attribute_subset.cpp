#include "pianola/data/attribute_subset.hpp"

#include <set>

#include "pianola/base/error.hpp"
#include "pianola/base/interrupt.hpp"

namespace pianola {

std::optional<AttributeValue> attribute_value(const std::string& subset) {
  const std::size_t at = subset.find('=');
  if (at == std::string::npos || at == 0) return std::nullopt;
  return AttributeValue{subset.substr(0, at), subset.substr(at + 1)};
}

std::string value_of_attribute(const Trajectory& trajectory, const DatasetInfo& info, const std::string& attribute) {
  const auto own = trajectory.attributes.find(attribute);
  if (own != trajectory.attributes.end()) return own->second;
  const auto common = info.attributes.find(attribute);
  return common == info.attributes.end() ? "" : common->second;
}

std::vector<std::size_t> trajectories_with(TrajectoryReader& reader, const AttributeValue& wanted) {
  const DatasetInfo& info = reader.info();
  std::vector<std::size_t> found;
  std::set<std::string> attributes, values;
  for (const auto& [name, text] : info.attributes) attributes.insert(name);
  for (std::size_t i = 0; i < reader.size(); ++i) {
    throw_if_interrupted();
    const Trajectory trajectory = reader.read(i);
    for (const auto& [name, text] : trajectory.attributes) attributes.insert(name);
    const std::string value = value_of_attribute(trajectory, info, wanted.attribute);
    if (!value.empty()) values.insert(value);
    if (value == wanted.value) found.push_back(i);
  }
  const auto listed = [](const std::set<std::string>& names) {
    return std::vector<std::string>(names.begin(), names.end());
  };
  if (!attributes.contains(wanted.attribute)) {
    throw_unknown_name(info.path + ": attribute", wanted.attribute, listed(attributes));
  }
  if (found.empty()) {
    throw_unknown_name(info.path + ": value of the attribute " + wanted.attribute, wanted.value, listed(values));
  }
  return found;
}

}  // namespace pianola
