// How a user says what actions are: three short texts, the same for every verb and in config.toml.
//
//   --kinds  'linear*3,rotation_vector,binary'      one after the other, all dimensions
//            'gripper=binary,3-5=euler_xyz'         or some of them by name, number or range; the others are linear
//   --frame  relative                               every continuous dimension
//            'relative*6,absolute' or '0-5=relative'
//   --state  joints                                 the observation field (or columns: 0-25) that the action is held
//                                                   against, dimension by dimension
//            '0-2=eef_pos,3-5=eef_quat(quaternion_xyzw)'   or for each part, with a rotation's own encoding
//
// Kinds: linear, angle (radians), angle_degrees, binary, binary(0,1), categorical, categorical(0,1,2), rotation_vector,
// quaternion_xyzw, quaternion_wxyz, euler_xyz … (fixed axes), euler_XYZ … (moving axes), rotation_6d (two columns),
// rotation_6d_rows. Names of dimensions are the dataset's action names; `wrist_*` means all that begin with it. Columns
// of the observation: a number, a range, a field, or field[2], field[0-2].
#pragma once

#include <string>

#include "pianola/data/action_representation.hpp"
#include "pianola/data/dataset.hpp"

namespace pianola {

/// As typed; "" where nothing was.
struct ActionDeclaration {
  std::string kinds, frame, state;
  [[nodiscard]] bool empty() const { return kinds.empty() && frame.empty() && state.empty(); }
  bool operator==(const ActionDeclaration&) const = default;
};

/// Whether the observation has to be read for this: any frame but absolute is named.
bool needs_observations(const ActionDeclaration& declaration);

/// The representation that the declaration means for actions and observations of `info`. Kinds that are not declared
/// are those that the dataset records. The state, where one is needed and none is declared, is the one observation
/// field that has as many dimensions as the action, else the fields that have the action dimensions' names.
/// @throws UsageError naming the text, what is wrong with it and what there is: an unknown kind, name or frame, kinds
/// that cover too few dimensions, a frame for a binary dimension, rotations without an encoding, and a state that has
/// to be declared.
ActionRepresentation represent(const ActionDeclaration& declaration, const DatasetInfo& info);

}  // namespace pianola
