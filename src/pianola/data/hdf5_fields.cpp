#ifdef PIANOLA_WITH_HDF5
#include "pianola/data/hdf5_fields.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "pianola/base/error.hpp"

namespace pianola {
namespace {

void collect(const Hdf5File& file, const std::string& place, const std::string& prefix, std::vector<std::string>& out,
             int depth) {
  constexpr int kDeepest = 16;  // a hard link may make a cycle
  if (depth > kDeepest) throw DataError(fmt::format("{}: group '{}' is nested too deeply", file.path(), place));
  std::vector<std::string> names = file.children(place);
  std::sort(names.begin(), names.end());
  for (const std::string& name : names) {
    const std::string child = (place.empty() || place == "/" ? place : place + "/") + name;
    const Hdf5Node node = file.node(child);
    if (node == Hdf5Node::dataset) out.push_back(prefix + name);
    if (node == Hdf5Node::group) collect(file, child, prefix + name + "/", out, depth + 1);
  }
}

}  // namespace

std::vector<std::string> datasets_below(const Hdf5File& file, const std::string& group) {
  std::vector<std::string> out;
  collect(file, group, "", out, 0);
  return out;
}

std::string root_listing(const Hdf5File& file) {
  constexpr std::size_t kListed = 12;
  const std::vector<std::string> names = file.children("/");
  if (names.empty()) return "it is empty";
  const std::size_t shown = std::min(names.size(), kListed);
  return fmt::format("it holds: {}{}", fmt::join(std::span(names).first(shown), ", "),
                     names.size() > shown ? fmt::format(", … ({} in all)", names.size()) : "");
}

std::vector<std::string> text_list(const Hdf5File& file, const std::string& place, const std::string& attribute) {
  const auto text = file.attribute(place, attribute);
  if (!text) return {};
  const nlohmann::json json = nlohmann::json::parse(*text, nullptr, false);
  const auto is_text = [](const nlohmann::json& entry) { return entry.is_string(); };
  if (!json.is_array() || !std::all_of(json.begin(), json.end(), is_text)) {
    throw DataError(fmt::format("{}: attribute {} of {} must be a JSON list of strings, but is {}", file.path(),
                                attribute, place, *text));
  }
  return json.get<std::vector<std::string>>();
}

StoredField stored_field(const Hdf5Dataset& dataset, const std::string& name) {
  return {name, {dataset.dims().begin() + 1, dataset.dims().end()}, dataset.type_name()};
}

void list_extras(const Hdf5File& group, std::span<const std::string> names, std::size_t steps, DatasetInfo& info) {
  for (const std::string& name : names) {
    const bool numeric = group.is_numeric(name);
    if (!numeric || group.is_scalar(name)) {
      info.unread.push_back(name + (numeric ? ": not one row a step" : ": no numbers"));
      continue;
    }
    const Hdf5Dataset numbers = group.dataset(name);
    if (numbers.rows() != steps || numbers.dims().size() > 2 || numbers.columns() == 0) {
      info.unread.push_back(name + (numbers.rows() != steps ? ": not one row a step" : ": no vector a step"));
      continue;
    }
    info.extra_fields.push_back({name, numbers.columns(), numbers.type_name()});
  }
}

}  // namespace pianola
#endif  // PIANOLA_WITH_HDF5
