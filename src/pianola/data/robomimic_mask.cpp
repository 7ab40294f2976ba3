#ifdef PIANOLA_WITH_HDF5
#include "pianola/data/robomimic_mask.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "pianola/base/error.hpp"
#include "pianola/data/hdf5_fields.hpp"

namespace pianola {

std::map<std::string, std::vector<std::size_t>> read_robomimic_masks(const Hdf5File& file,
                                                                     std::span<const std::string> names) {
  std::map<std::string, std::vector<std::size_t>> masks;
  if (file.node("/mask") != Hdf5Node::group) return masks;
  std::map<std::string, std::size_t> number;
  for (std::size_t i = 0; i < names.size(); ++i) number.emplace(names[i], i);
  for (const std::string& key : datasets_below(file, "/mask")) {
    std::vector<std::size_t>& mask = masks[key];
    for (const std::string& name : file.texts("/mask/" + key)) {
      const auto at = number.find(name);
      if (at == number.end()) {
        throw DataError(
            fmt::format("{}: filter key '/mask/{}' names '{}', which is no trajectory under /data; mend the "
                        "list",
                        file.path(), key, name));
      }
      mask.push_back(at->second);
    }
    std::sort(mask.begin(), mask.end());
    if (const auto twice = std::adjacent_find(mask.begin(), mask.end()); twice != mask.end()) {
      throw DataError(
          fmt::format("{}: filter key '/mask/{}' names '{}' twice; mend the list", file.path(), key, names[*twice]));
    }
  }
  return masks;
}

void write_robomimic_masks(Hdf5Writer& file, const std::map<std::string, std::vector<std::size_t>>& subsets,
                           std::size_t trajectories, const std::string& path) {
  for (const auto& [key, numbers] : subsets) {
    std::vector<std::string> names;
    for (const std::size_t i : numbers) {
      if (i >= trajectories) {
        throw DataError(
            fmt::format("{}: subset '{}' names trajectory {}, but {} were written", path, key, i, trajectories));
      }
      names.push_back(fmt::format("demo_{}", i));
    }
    if (!names.empty()) file.texts("/mask/" + key, names);
  }
}

}  // namespace pianola
#endif  // PIANOLA_WITH_HDF5
