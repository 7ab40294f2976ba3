// Parts of a dataset by an attribute of its trajectories: `--subset robot_type=so100`, where no list of the file names
// them.
#pragma once

#include <cstddef>
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

/// `what`, the values that there are for it, and the nearest to `wanted`, for an error. Of very many the first are
/// listed: there may be as many as trajectories.
std::string unknown_value_message(const std::string& what, const std::string& wanted, std::vector<std::string> values);

/// "robot_type=so100" taken apart at its first "="; nothing if there is none, or nothing before it.
std::optional<AttributeValue> attribute_value(const std::string& subset);

/// The value that a trajectory of these attributes has of one: its own, else the dataset's; "" if neither has it.
std::string value_of_attribute(const std::map<std::string, std::string>& own, const DatasetInfo& info,
                               const std::string& attribute);

/// The trajectories of `reader` that have this value, ascending. Their numbers are not read.
/// @throws UsageError for an attribute or a value that none has, with the nearest that there is; DataError as reading.
std::vector<std::size_t> trajectories_with(TrajectoryReader& reader, const AttributeValue& wanted);

/// The trajectories that have one value of an attribute.
struct AttributePart {
  std::string value;
  std::vector<std::size_t> trajectories;  ///< their numbers, ascending
};

/// All trajectories of `reader` by their values of an attribute, in the order of the values. Their numbers are not
/// read.
/// @throws UsageError for an attribute that none has, with the nearest that there is; DataError naming the first
/// trajectory without a value, and as reading.
std::vector<AttributePart> parts_by(TrajectoryReader& reader, const std::string& attribute);

}  // namespace pianola
