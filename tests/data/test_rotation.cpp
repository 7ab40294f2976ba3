#include "pianola/data/rotation.hpp"

#include <gtest/gtest.h>

#include "data/rotation_samples.hpp"

namespace pianola {
namespace {

using test::all_encodings;
using test::hard_rotations;
using test::kPi;

constexpr double kRounding = 1e-13;

void expect_rotation(const Rotation& r) {
  for (std::size_t i = 0; i < 3; ++i) {
    for (std::size_t j = 0; j < 3; ++j) {
      const double dot = r[i] * r[j] + r[3 + i] * r[3 + j] + r[6 + i] * r[6 + j];
      EXPECT_NEAR(dot, i == j ? 1.0 : 0.0, kRounding);
    }
  }
  const double determinant =
      r[0] * (r[4] * r[8] - r[5] * r[7]) - r[1] * (r[3] * r[8] - r[5] * r[6]) + r[2] * (r[3] * r[7] - r[4] * r[6]);
  EXPECT_NEAR(determinant, 1.0, kRounding);
}

TEST(Rotation, EveryEncodingComesBack) {
  for (const Rotation& rotation : hard_rotations()) {
    expect_rotation(rotation);
    for (const RotationEncoding encoding : all_encodings()) {
      std::array<double, 6> written{};
      write_rotation(encoding, rotation, written.data());
      const Rotation back = rotation_of(encoding, written.data());
      EXPECT_LT(rotation_distance(rotation, back), 1e-13) << "encoding " << static_cast<int>(encoding);
    }
  }
}

TEST(Rotation, TheirNumbersComeBackWhereTheyAreUnique) {
  const NoiseKey key(3);
  for (std::uint64_t i = 0; i < 200; ++i) {
    const auto vector = test::drawn_vector(key, i, 3.1 * uniform(key, i, 3));
    std::array<double, 3> back{};
    write_rotation(RotationEncoding::vector, rotation_of(RotationEncoding::vector, vector.data()), back.data());
    for (std::size_t j = 0; j < 3; ++j) EXPECT_NEAR(back[j], vector[j], 1e-12);
    // Angles inside the principal ranges: the middle one in ±π/2 (three axes) or in (0, π) (two).
    for (const RotationEncoding encoding : all_encodings()) {
      if (encoding < RotationEncoding::first_euler) continue;
      const auto order =
          static_cast<std::uint32_t>(encoding) - static_cast<std::uint32_t>(RotationEncoding::first_euler);
      const double middle = order % 12 < 6 ? 3.0 * (uniform(key, i, 4) - 0.5) : 0.05 + 3.0 * uniform(key, i, 4);
      const std::array<double, 3> angles{6.2 * (uniform(key, i, 5) - 0.5), middle, 6.2 * (uniform(key, i, 6) - 0.5)};
      write_rotation(encoding, rotation_of(encoding, angles.data()), back.data());
      for (std::size_t j = 0; j < 3; ++j) EXPECT_NEAR(back[j], angles[j], 1e-9) << "order " << order;
    }
  }
}

TEST(Rotation, AntipodalVectorsAndQuaternionSignsAreOneRotation) {
  const NoiseKey key(5);
  for (std::uint64_t i = 0; i < 100; ++i) {
    const double angle = 0.1 + 3.0 * uniform(key, i, 3);
    auto vector = test::drawn_vector(key, i, angle);
    const Rotation one = rotation_of(RotationEncoding::vector, vector.data());
    for (double& x : vector) x *= 1.0 - 2.0 * kPi / angle;
    EXPECT_LT(rotation_distance(one, rotation_of(RotationEncoding::vector, vector.data())), 1e-13);
    std::array<double, 4> q{};
    write_rotation(RotationEncoding::quaternion_xyzw, one, q.data());
    EXPECT_GE(q[3], 0.0);
    for (double& x : q) x *= -2.5;  // neither sign nor norm matters
    EXPECT_LT(rotation_distance(one, rotation_of(RotationEncoding::quaternion_xyzw, q.data())), 1e-13);
    const std::array<double, 4> wxyz{q[3], q[0], q[1], q[2]};
    EXPECT_LT(rotation_distance(one, rotation_of(RotationEncoding::quaternion_wxyz, wxyz.data())), 1e-13);
  }
}

TEST(Rotation, EulerAnglesAreProductsOfTurnsAboutAxes) {
  const std::array<double, 3> angles{0.3, -0.8, 1.1};
  const auto turn = [](std::size_t axis, double angle) {
    std::array<double, 3> v{};
    v[axis] = angle;
    return rotation_of(RotationEncoding::vector, v.data());
  };
  for (std::uint32_t order = 0; order < 12; ++order) {
    const auto& axes = kEulerOrders[order];
    const auto fixed = static_cast<RotationEncoding>(static_cast<std::uint32_t>(RotationEncoding::first_euler) + order);
    const auto moving =
        static_cast<RotationEncoding>(static_cast<std::uint32_t>(RotationEncoding::first_euler) + 12 + order);
    const Rotation a = turn(axes[0], angles[0]), b = turn(axes[1], angles[1]), c = turn(axes[2], angles[2]);
    // Fixed axes: the later turn stands on the left. Moving axes: on the right.
    EXPECT_LT(rotation_distance(rotation_of(fixed, angles.data()), product(c, product(b, a))), 1e-13);
    EXPECT_LT(rotation_distance(rotation_of(moving, angles.data()), product(a, product(b, c))), 1e-13);
  }
}

TEST(Rotation, SixNumbersAreMadeARotation) {
  const NoiseKey key(11);
  for (std::uint64_t i = 0; i < 200; ++i) {
    std::array<double, 6> numbers{};
    for (std::uint32_t j = 0; j < 6; ++j) numbers[j] = 4.0 * (uniform(key, i, j) - 0.5);
    const Rotation rotation = rotation_of(RotationEncoding::columns, numbers.data());
    expect_rotation(rotation);
    const double along = rotation[0] * numbers[0] + rotation[3] * numbers[1] + rotation[6] * numbers[2];
    EXPECT_NEAR(along, std::hypot(numbers[0], numbers[1], numbers[2]), 1e-12) << "the first column keeps its direction";
  }
}

TEST(Rotation, WhatIsNoneIsReadAsOne) {
  const double inf = INFINITY, nan = NAN;
  for (const std::array<double, 6>& numbers : {std::array<double, 6>{},
                                               {1, 0, 0, 2, 0, 0},
                                               {0, 0, 0, 0, 1, 0},
                                               {inf, 0, 0, 0, 1, 0},
                                               {nan, 1, 2, 3, 4, 5},
                                               {1, 0, 0, nan, 0, 0},
                                               {1e-300, 0, 0, 0, 1e-300, 0}}) {
    for (const RotationEncoding encoding : all_encodings()) {
      const Rotation rotation = rotation_of(encoding, numbers.data());
      for (const double x : rotation) EXPECT_TRUE(std::isfinite(x)) << static_cast<int>(encoding);
      expect_rotation(rotation);
    }
  }
}

TEST(Rotation, DistanceIsTheAngleBetween) {
  const NoiseKey key(13);
  for (std::uint64_t i = 0; i < 100; ++i) {
    const Rotation base = rotation_of(RotationEncoding::vector, test::drawn_vector(key, i, 2.0).data());
    for (const double angle : {1e-9, 1e-4, 0.5, 3.0, kPi}) {
      const Rotation turn = rotation_of(RotationEncoding::vector, test::drawn_vector(key, i + 1000, angle).data());
      EXPECT_NEAR(rotation_distance(base, product(base, turn)), angle, 1e-13);
      EXPECT_LT(rotation_distance(turn, relative_rotation(base, product(base, turn))), 1e-13);
    }
  }
}

}  // namespace
}  // namespace pianola
