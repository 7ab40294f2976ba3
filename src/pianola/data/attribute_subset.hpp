// Parts of a dataset by an attribute of its trajectories: `--subset robot_type=so100`, where no list of the file names
// them.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "pianola/data/dataset.hpp"

namespace pianola {

/// An attribute and the value that is asked for.
struct AttributeValue {
  std::string attribute, value;
};

/// "robot_type=so100" taken apart at its first "="; nothing if there is none, or nothing before it.
std::optional<AttributeValue> attribute_value(const std::string& subset);

/// The value that a trajectory of these attributes has of one: its own, else the dataset's; "" if neither has it.
std::string value_of_attribute(const std::map<std::string, std::string>& own, const DatasetInfo& info,
                               const std::string& attribute);

/// The trajectories of `reader` that have this value, ascending. Their numbers are not read.
/// @throws UsageError for an attribute or a value that none has, with the nearest that there is; DataError as reading.
std::vector<std::size_t> trajectories_with(TrajectoryReader& reader, const AttributeValue& wanted);

}  // namespace pianola
