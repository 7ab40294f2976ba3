#ifdef PIANOLA_WITH_HDF5
#include "pianola/data/hdf5_fields.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

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
    const std::string child = (place == "/" ? "" : place) + "/" + name;
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

StoredField stored_field(const Hdf5Dataset& dataset, const std::string& name) {
  return {name, {dataset.dims().begin() + 1, dataset.dims().end()}, dataset.type_name()};
}

void list_extras(const Hdf5File& file, const std::string& group, std::span<const std::string> names, std::size_t steps,
                 DatasetInfo& info) {
  for (const std::string& name : names) {
    const std::string place = group + "/" + name;
    const bool numeric = file.is_numeric(place);
    if (!numeric || file.is_scalar(place)) {
      info.unread.push_back(name + (numeric ? ": not one row a step" : ": no numbers"));
      continue;
    }
    const Hdf5Dataset numbers = file.dataset(place);
    if (numbers.rows() != steps || numbers.dims().size() > 2 || numbers.columns() == 0) {
      info.unread.push_back(name + (numbers.rows() != steps ? ": not one row a step" : ": no vector a step"));
      continue;
    }
    info.extra_fields.push_back({name, numbers.columns(), numbers.type_name()});
  }
}

}  // namespace pianola
#endif  // PIANOLA_WITH_HDF5
