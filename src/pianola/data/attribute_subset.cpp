#include "pianola/data/attribute_subset.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "pianola/base/error.hpp"
#include "pianola/base/interrupt.hpp"

namespace pianola {
namespace {

/// There may be as many values as trajectories: the first are listed.
[[noreturn]] void throw_unknown_value(const std::string& path, const AttributeValue& wanted,
                                      std::vector<std::string> values) {
  constexpr std::size_t kListed = 12;
  const std::string nearest = nearest_name(wanted.value, values);
  const std::string all = values.size() > kListed ? fmt::format(", … ({} in all)", values.size()) : "";
  values.resize(std::min(values.size(), kListed));
  throw UsageError(fmt::format("{}: no trajectory has the attribute {} = '{}'; {}known: {}{}", path, wanted.attribute,
                               wanted.value, nearest.empty() ? "" : fmt::format("did you mean '{}'? ", nearest),
                               values.empty() ? "none" : fmt::format("{}", fmt::join(values, ", ")), all));
}

}  // namespace

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
  const DatasetInfo& info = reader.info();
  std::vector<std::size_t> found;
  std::set<std::string> attributes, values;
  for (const auto& [name, text] : info.attributes) attributes.insert(name);
  for (std::size_t i = 0; i < reader.size(); ++i) {
    throw_if_interrupted();
    const auto own = reader.attributes(i);
    for (const auto& [name, text] : own) attributes.insert(name);
    const std::string value = value_of_attribute(own, info, wanted.attribute);
    if (value.empty()) continue;  // no value is none to ask for
    values.insert(value);
    if (value == wanted.value) found.push_back(i);
  }
  if (!attributes.contains(wanted.attribute)) {
    throw_unknown_name(info.path + ": attribute", wanted.attribute,
                       std::vector<std::string>(attributes.begin(), attributes.end()));
  }
  if (found.empty()) throw_unknown_value(info.path, wanted, {values.begin(), values.end()});
  return found;
}

}  // namespace pianola
