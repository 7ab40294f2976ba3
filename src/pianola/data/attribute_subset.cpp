#include "pianola/data/attribute_subset.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <utility>

#include "pianola/base/error.hpp"
#include "pianola/base/interrupt.hpp"

namespace pianola {
namespace {

/// Which trajectories have which value of an attribute, "" standing for none.
std::map<std::string, std::vector<std::size_t>> trajectories_by_value(TrajectoryReader& reader,
                                                                      const std::string& attribute) {
  const DatasetInfo& info = reader.info();
  std::map<std::string, std::vector<std::size_t>> found;
  std::set<std::string> attributes;
  for (const auto& [name, text] : info.attributes) attributes.insert(name);
  for (std::size_t i = 0; i < reader.size(); ++i) {
    throw_if_interrupted();
    const auto own = reader.attributes(i);
    for (const auto& [name, text] : own) attributes.insert(name);
    found[value_of_attribute(own, info, attribute)].push_back(i);
  }
  if (!attributes.contains(attribute)) {
    throw_unknown_name(info.path + ": attribute", attribute,
                       std::vector<std::string>(attributes.begin(), attributes.end()));
  }
  return found;
}

}  // namespace

std::string unknown_value_message(const std::string& what, const std::string& wanted, std::vector<std::string> values) {
  constexpr std::size_t kListed = 12;
  const std::string nearest = wanted.empty() ? "" : nearest_name(wanted, values);
  const std::string all = values.size() > kListed ? fmt::format(", … ({} in all)", values.size()) : "";
  values.resize(std::min(values.size(), kListed));
  return fmt::format("{}; {}known: {}{}", what, nearest.empty() ? "" : fmt::format("did you mean '{}'? ", nearest),
                     values.empty() ? "none" : fmt::format("{}", fmt::join(values, ", ")), all);
}

std::optional<AttributeValue> attribute_value(const std::string& subset) {
  const std::size_t at = subset.find('=');
  if (at == std::string::npos || at == 0) return std::nullopt;
  return AttributeValue{subset.substr(0, at), subset.substr(at + 1)};
}

std::string value_of_attribute(const std::map<std::string, std::string>& own, const DatasetInfo& info,
                               const std::string& attribute) {
  if (const auto found = own.find(attribute); found != own.end()) return found->second;
  const auto common = info.attributes.find(attribute);
  return common == info.attributes.end() ? "" : common->second;
}

std::vector<std::size_t> trajectories_with(TrajectoryReader& reader, const AttributeValue& wanted) {
  auto found = trajectories_by_value(reader, wanted.attribute);
  found.erase("");  // no value is none to ask for
  if (const auto part = found.find(wanted.value); part != found.end()) return part->second;
  std::vector<std::string> values;
  values.reserve(found.size());
  for (const auto& [value, trajectories] : found) values.push_back(value);
  throw UsageError(unknown_value_message(
      fmt::format("{}: no trajectory has the attribute {} = '{}'", reader.info().path, wanted.attribute, wanted.value),
      wanted.value, std::move(values)));
}

std::vector<AttributePart> parts_by(TrajectoryReader& reader, const std::string& attribute) {
  std::vector<AttributePart> parts;
  for (auto& [value, trajectories] : trajectories_by_value(reader, attribute)) {
    if (value.empty()) {
      const std::size_t first = trajectories.front();
      throw DataError(
          fmt::format("{}: trajectory '{}' has no attribute {}, and {} of {} trajectories have none; record it, or "
                      "choose trajectories that have it (--subset)",
                      reader.info().path, reader.name(first), attribute, trajectories.size(), reader.size()));
    }
    parts.push_back({value, std::move(trajectories)});
  }
  return parts;
}

}  // namespace pianola
