// Statistics of the actions by an attribute of the trajectories: robot type, control mode, task, operator.
//
// A dataset that mixes two robots has statistics of neither. Where a part's mean lies a standard deviation off that of
// all, or its spread is a fraction of it, one normalisation or one range wastes levels on the difference between the
// parts: quantize and train them apart (--subset), or learn to tell them apart.
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "pianola/data/dataset.hpp"

namespace pianola {

/// The trajectories that have one value of the attribute. Vectors: [action_dim].
struct KeyedPart {
  std::string value;  ///< "" where the attribute is not recorded
  std::size_t trajectories = 0, steps = 0;
  std::vector<double> min, max, mean, std;
  std::vector<double> shift;   ///< (mean − mean of all) / std of all; NaN where all is constant
  std::vector<double> spread;  ///< std / std of all; NaN where all is constant
};

struct KeyedStatistics {
  std::string key;
  std::vector<KeyedPart> parts;  ///< by value
};

/// One pass over attributes and actions. An attribute of a trajectory counts before one of the dataset. @throws
/// UsageError naming those that there are if no trajectory has `key`; DataError as reading; Interrupted.
KeyedStatistics keyed_statistics(TrajectoryReader& reader, const std::string& key);

/// {key, parts: [{value, trajectories, steps, min, max, mean, std, shift, spread}]}.
nlohmann::ordered_json to_json(const KeyedStatistics& statistics);

}  // namespace pianola
