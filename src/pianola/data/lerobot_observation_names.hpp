// What LeRobot calls the columns of an observation: each feature may name its numbers in meta/info.json.
#pragma once

#include <string>
#include <vector>

#include "pianola/data/dataset.hpp"

namespace pianola {

/// Of each column of the observation, "left_elbow", or "state.left_elbow" where several fields make it up; a field
/// without names counts: "state[2]". Empty if the dataset is not LeRobot's or none of its fields has names.
std::vector<std::string> lerobot_observation_names(const DatasetInfo& info);

}  // namespace pianola
