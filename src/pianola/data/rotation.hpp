// Rotations of three dimensions in the encodings that datasets use, and as the six numbers that models see.
//
//   vector      axis · angle, radians; v and v (1 − 2π/|v|) are the same rotation (antipodal at |v| = π)
//   quaternion  x, y, z, w or w, x, y, z; q and −q are the same rotation; written with w ≥ 0
//   Euler       three angles about axes, radians; lower case: fixed axes (extrinsic), upper case: moving axes
//               (intrinsic), in the order in which they are applied, as SciPy names them: euler_xyz, euler_ZYX, …
//   6-D         the first two columns of the matrix, one after the other; `rotation_6d_rows`: its first two rows
//
// Every encoding but the last is discontinuous somewhere; the last is not, so that is what models see. Six numbers that
// are no two orthonormal columns (a network's mean, a quantizer's levels) mean the rotation of Gram and Schmidt:
//   c₁ = a₁/|a₁|,  c₂ ∝ a₂ − (c₁·a₂) c₁,  c₃ = c₁ × c₂.
// At gimbal lock the first applied angle of an intrinsic order (the last of an extrinsic one) is written as 0.
// Total and exception-free: the robot's runtime uses it. Double precision inside.
// Source: Zhou et al., "On the continuity of rotation representations in neural networks", CVPR 2019, §4.2 (6-D);
// Shepperd, "Quaternion from rotation matrix", 1978.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace pianola {

/// The 24 kinds of Euler angles follow `first_euler`.
enum class RotationEncoding : std::uint32_t { vector, quaternion_xyzw, quaternion_wxyz, columns, rows, first_euler };

inline constexpr std::uint32_t kRotationEncodings = 5 + 24;

/// A rotation matrix, row-major.
using Rotation = std::array<double, 9>;

/// Numbers that an encoding has: 3, 4 or 6.
std::size_t rotation_width(RotationEncoding encoding) noexcept;

/// The rotation that `in` [rotation_width] writes. A zero quaternion, or six numbers without direction, are read as the
/// nearest thing that is a rotation (the identity, in the end); quaternions need not have norm 1.
Rotation rotation_of(RotationEncoding encoding, const double* in) noexcept;

/// Writes `rotation` to `out` [rotation_width].
void write_rotation(RotationEncoding encoding, const Rotation& rotation, double* out) noexcept;

/// a · b: b, then a.
Rotation product(const Rotation& a, const Rotation& b) noexcept;
/// aᵀ · b: b as seen from a.
Rotation relative_rotation(const Rotation& a, const Rotation& b) noexcept;
/// The angle between two rotations, radians, in [0, π]; accurate for small ones too.
double rotation_distance(const Rotation& a, const Rotation& b) noexcept;

/// The axes of the twelve orders of Euler angles, 0 … 2; as fixed axes they are first_euler + 0 … 11, as moving ones
/// first_euler + 12 … 23.
inline constexpr std::array<std::array<std::uint8_t, 3>, 12> kEulerOrders{{{0, 1, 2},
                                                                           {0, 2, 1},
                                                                           {1, 0, 2},
                                                                           {1, 2, 0},
                                                                           {2, 0, 1},
                                                                           {2, 1, 0},
                                                                           {0, 1, 0},
                                                                           {0, 2, 0},
                                                                           {1, 0, 1},
                                                                           {1, 2, 1},
                                                                           {2, 0, 2},
                                                                           {2, 1, 2}}};

}  // namespace pianola
