// A look at actions as a quantizer's scheme will see them, beside what they are in the file: how much smaller does the
// range get? Over all windows of `chunk` steps (represented_actions.hpp).
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "pianola/data/action_representation.hpp"

namespace pianola {

/// Of the continuous coordinates, in order. Ranges are max − min.
struct RepresentedStatistics {
  std::string actions;              ///< ActionRepresentation::text
  std::size_t chunk = 1, rows = 0;  ///< rows: steps of all windows
  std::vector<std::string> names;   ///< of the coordinates: action dimensions, "3-5 c1.x"
  std::vector<double> min, max, mean, std;
  /// Range of the action dimension divided by that of the coordinate; NaN for rotations and constant coordinates.
  std::vector<double> range_ratio;
  /// The same of standard deviations: ranges hang on the two farthest rows.
  std::vector<double> std_ratio;
  double median_range_ratio = 0.0, median_std_ratio = 0.0;  ///< NaN if there is none
  /// Action dimensions that wrap (angles) or jump (binary, categorical): no Lipschitz claim holds of them.
  std::vector<std::size_t> outside_lipschitz = {};
};

/// Two passes over the data; Cost as RepresentedActions. @throws as RepresentedActions.
RepresentedStatistics represented_statistics(const ActionSource& actions, const ActionRepresentation& representation,
                                             std::size_t chunk);

/// Fields of `inspect --json`.
nlohmann::ordered_json to_json(const RepresentedStatistics& statistics);

}  // namespace pianola
