// What an action is: its dimension, the range of each dimension, and its kind.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace pianola {

/// Kind of one action dimension (or, for `rotation`, of the first of its group).
enum class ActionKind { linear, angle, rotation, binary, categorical };

/// The name that files and messages use: "linear", "angle", …
const char* action_kind_name(ActionKind kind);
/// @throws UsageError naming the nearest known kind.
ActionKind action_kind_from_name(const std::string& name);

/// Range of an action in each dimension, action units. Empty vectors: not known.
struct ActionRange {
  std::vector<double> low, high;  ///< [action_dim] each, low < high
  /// Known and finite in every dimension.
  [[nodiscard]] bool finite() const;
  bool operator==(const ActionRange&) const = default;
};

}  // namespace pianola
