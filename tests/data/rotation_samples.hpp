// Rotations that encodings find hard: everywhere, tiny, at π, and at the gimbal lock of every order.
#pragma once

#include <cmath>
#include <numbers>
#include <vector>

#include "pianola/base/random.hpp"
#include "pianola/data/rotation.hpp"

namespace pianola::test {

inline constexpr double kPi = std::numbers::pi;

inline std::vector<RotationEncoding> all_encodings() {
  std::vector<RotationEncoding> out;
  for (std::uint32_t i = 0; i < kRotationEncodings; ++i) out.push_back(static_cast<RotationEncoding>(i));
  return out;
}

/// A direction drawn from the sphere times `angle`.
inline std::array<double, 3> drawn_vector(const NoiseKey& key, std::uint64_t i, double angle) {
  std::array<double, 3> v{normal(key, i, 0), normal(key, i, 1), normal(key, i, 2)};
  const double length = std::hypot(v[0], v[1], v[2]);
  for (double& x : v) x *= angle / length;
  return v;
}

inline std::vector<Rotation> hard_rotations() {
  std::vector<Rotation> out{{1, 0, 0, 0, 1, 0, 0, 0, 1}};
  const NoiseKey key(7);
  for (std::uint64_t i = 0; i < 60; ++i) {
    for (const double angle : {3.0 * uniform(key, i, 3), 1e-7, 1e-3, kPi - 1e-9, kPi, kPi - 1e-3}) {
      out.push_back(rotation_of(RotationEncoding::vector, drawn_vector(key, i, angle).data()));
    }
  }
  for (const RotationEncoding encoding : all_encodings()) {
    if (encoding < RotationEncoding::first_euler) continue;
    for (const double middle : {0.0, kPi / 2, -kPi / 2, kPi, kPi / 2 - 1e-9, 1e-9}) {
      const std::array<double, 3> angles{0.7, middle, -1.9};
      out.push_back(rotation_of(encoding, angles.data()));
    }
  }
  return out;
}

}  // namespace pianola::test
