// What DatasetInfo knows beyond a layout's own metadata, as JSON that our writers leave in a place the layout ignores
// (attribute or member "pianola"), so that a dataset written here comes back as it was.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "pianola/data/dataset.hpp"

namespace pianola {

/// What trajectories are beside their numbers, one entry each.
struct TrajectoryNotes {
  std::vector<std::string> names;
  std::vector<Outcome> outcomes;
};

/// @throws DataError beginning with `where` for a name that is no outcome's.
Outcome outcome_named(const std::string& name, const std::string& where);

/// {"format_version", "observation_fields": [[name, dim]…], "action_names", "action_kinds", "action_low",
/// "action_high", "attributes", "subsets", "names", "outcomes"}; what is empty is left out.
/// @throws DataError naming `path` for a name that is no UTF-8.
std::string info_to_json(const DatasetInfo& info, const TrajectoryNotes& notes, const std::string& path);

/// Reads it back into `info` (observation_fields with their columns; observation_dim is their sum) and returns the
/// notes. @throws DataError naming `path` and the entry if it is damaged or of a newer format_version.
TrajectoryNotes info_from_json(std::string_view text, DatasetInfo& info, const std::string& path);

}  // namespace pianola
