// Which columns of the observation are the state of which action dimensions, from the text of --state
// (action_declaration.hpp).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "pianola/data/action_transform.hpp"
#include "pianola/data/dataset.hpp"

namespace pianola {

/// The encoding of that name. @throws UsageError naming the nearest, with `what` in front.
RotationEncoding rotation_encoding_named(const std::string& name, const char* what);

/// Fills in state_first, state_width and state_encoding of the groups whose frame needs a state, and returns the table
/// of columns that they refer to. text: "" takes the columns that match by dimension or by name.
/// @throws UsageError if the text is given and no group needs it, or is not and nothing matches; for unknown names, and
/// for columns that are too many or too few.
std::vector<std::uint32_t> assign_states(const std::string& text, const DatasetInfo& info,
                                         std::vector<ActionGroup>& groups);

}  // namespace pianola
