// What an action is, between the dataset and the quantizer.
//
// Datasets and plants have actions in action units: joint targets, quaternions, a gripper that is open or closed. A
// quantizer wants coordinates in which subtraction means something. An ActionRepresentation is the map between the two,
// and this is all of it:
//
//   dataset ──to_model──▶ scheme's statistics, tokens, network ──to_actions──▶ plant      (data/action_transform.hpp)
//
//  * declared once (--kinds, --frame, --state; action_declaration.hpp), checked against the dataset's columns here;
//  * applied before any statistics: schemes are fitted to RepresentedActions (represented_actions.hpp), which are the
//    model's coordinates, and never see an action unit, a frame or an angle;
//  * applied at encode and inverted at decode by one decorator, RepresentedQuantizer (quantizers/represented.hpp),
//    which is a Quantizer of actions: samples, twins, controllers, the quantized expert and measurements use it without
//    knowing. The state comes with CodecContext::observations, the observation at the chunk's start; where the map
//    needs one and there is none, encoding is an error and decoding gives NaN, never an absolute action;
//  * part of Quantizer::save, hence of its fingerprint, hence checked whenever a run is loaded;
//  * the same tables stand in the runtime's image, where the same loops read them.
//
// Binary and categorical dimensions never reach the scheme: each has tokens of its own, two for binary. Angles wrap and
// binary dimensions jump, so both are outside every Lipschitz claim (docs/theory.md §8).
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <vector>

#include "pianola/data/action_transform.hpp"
#include "pianola/data/dataset.hpp"

namespace pianola {

/// A rotation among the actions, for reports.
struct RotationError {
  std::size_t first = 0;  ///< action dimension
  double degrees = 0.0;
};

/// A regular value.
class ActionRepresentation {
 public:
  /// Linear and absolute in every dimension: the identity.
  explicit ActionRepresentation(std::size_t action_dim = 0);
  /// groups: as ActionTransform, with model coordinates not yet numbered. columns: of the observation. values: of the
  /// discrete groups; a group without any (value_count 0) takes them from the data (with_values).
  /// @throws UsageError unless they are sound.
  ActionRepresentation(std::vector<ActionGroup> groups, std::vector<std::uint32_t> columns, std::vector<double> values,
                       std::size_t observation_dim);

  [[nodiscard]] std::size_t action_dim() const { return action_dim_; }
  /// Of the observation that the state is part of; 0 if no state is needed.
  [[nodiscard]] std::size_t observation_dim() const { return observation_dim_; }
  [[nodiscard]] std::size_t discrete() const { return discrete_; }      ///< discrete coordinates of a step
  [[nodiscard]] std::size_t continuous() const { return continuous_; }  ///< continuous ones, which schemes see
  [[nodiscard]] std::span<const ActionGroup> groups() const { return groups_; }
  [[nodiscard]] bool needs_state() const { return observation_dim_ > 0; }
  [[nodiscard]] bool is_identity() const;
  /// Euclidean distances are kept: nothing but linear dimensions and angles.
  [[nodiscard]] bool is_isometric() const;
  [[nodiscard]] bool has_frame(ActionFrame frame) const;

  /// The tables for chunks of so many actions; refers to this object.
  [[nodiscard]] ActionTransform transform(std::size_t chunk) const;
  /// The values that discrete coordinate i of a step may have.
  [[nodiscard]] std::span<const double> values(std::size_t i) const;
  /// Whether discrete coordinate i is binary: then the nearer of its two values to their mean is the likelier one.
  [[nodiscard]] bool is_binary(std::size_t i) const { return discrete_group(i).kind == ActionKind::binary; }
  /// Continuous coordinate i of a step is a dimension of the action as it is: linear and absolute. Its action
  /// dimension, or action_dim() if it is not.
  [[nodiscard]] std::size_t plain_dimension(std::size_t i) const;

  /// This with the values of discrete dimensions that were declared without any, as the data have them.
  /// @throws DataError naming the dimension and the values of a binary one that has not two, or of a categorical one
  /// with more than kMostCategories.
  [[nodiscard]] ActionRepresentation with_values(const ActionSource& data) const;

  /// What went wrong from `wanted` to `got` [action_dim each], by dimension: differences (linear, discrete), wrapped
  /// differences (angles), the rotation vector from one to the other (rotations written as three numbers), differences
  /// up to sign (quaternions) and plain ones (six numbers). out: [action_dim].
  void error(std::span<const double> wanted, std::span<const double> got, std::span<double> out) const;
  /// Angle between the rotations of `wanted` and `got`, of each rotation.
  [[nodiscard]] std::vector<RotationError> rotation_errors(std::span<const double> wanted,
                                                           std::span<const double> got) const;

  /// One line for people: "relative: linear 0-25, state obs[0-25]".
  [[nodiscard]] std::string text() const;
  /// Name of model coordinate i of a step, continuous ones: "3", "3-5 c1.x".
  [[nodiscard]] std::string coordinate_name(std::size_t i) const;

  [[nodiscard]] nlohmann::ordered_json save() const;
  /// Inverse of save. @throws DataError for anything that save cannot have written.
  static ActionRepresentation load(const nlohmann::ordered_json& saved);
  bool operator==(const ActionRepresentation&) const = default;

 private:
  [[nodiscard]] const ActionGroup& discrete_group(std::size_t i) const;

  std::vector<ActionGroup> groups_;
  std::vector<std::uint32_t> columns_;
  std::vector<double> values_;
  std::size_t action_dim_ = 0, observation_dim_ = 0, discrete_ = 0, continuous_ = 0;
};

/// Of a categorical dimension; more are no categories.
inline constexpr std::size_t kMostCategories = 1024;

/// The names that files and users write: "absolute", "relative", "delta".
const char* frame_name(ActionFrame frame);
/// "rotation_vector", "quaternion_xyzw", "quaternion_wxyz", "rotation_6d", "rotation_6d_rows", "euler_xyz", …,
/// "euler_ZYZ", by RotationEncoding.
const std::vector<std::string>& rotation_names();

}  // namespace pianola
