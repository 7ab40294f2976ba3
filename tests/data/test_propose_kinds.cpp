#include "pianola/data/propose_kinds.hpp"

#include <gtest/gtest.h>

#include "data/rotation_samples.hpp"

namespace pianola {
namespace {

/// A slow turn about a fixed axis, through π: every encoding meets its seam.
std::vector<KindProposal> proposals(std::size_t width, const std::function<void(double, double*)>& row,
                                    std::span<const std::string> names = {}) {
  KindEvidence evidence(width);
  std::vector<double> actions;
  for (int i = 0; i < 200; ++i) {
    actions.resize(actions.size() + width);
    row(0.05 * i, &actions[actions.size() - width]);
  }
  evidence.add(actions);
  return evidence.propose(names);
}

Rotation turned(double angle) {
  const std::array<double, 3> v{0.36 * angle, 0.48 * angle, 0.8 * angle};
  return rotation_of(RotationEncoding::vector, v.data());
}

std::string proposed_for(RotationEncoding encoding) {
  return kinds_text(proposals(rotation_width(encoding),
                              [encoding](double t, double* out) { write_rotation(encoding, turned(t), out); }));
}

TEST(ProposeKinds, RotationsByTheirNumbers) {
  EXPECT_EQ(proposed_for(RotationEncoding::vector), "0-2=rotation_vector");
  EXPECT_EQ(proposed_for(RotationEncoding::quaternion_xyzw), "0-3=quaternion_xyzw");
  EXPECT_EQ(proposed_for(RotationEncoding::columns), "0-5=rotation_6d");
}

TEST(ProposeKinds, NamesTellWhichNumberIsW) {
  const std::vector<std::string> names{"qw", "qx", "qy", "qz"};
  const auto found = proposals(
      4, [](double t, double* out) { write_rotation(RotationEncoding::quaternion_wxyz, turned(t), out); }, names);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].kind, "quaternion_wxyz");
  EXPECT_NE(found[0].reason.find("names"), std::string::npos);
}

TEST(ProposeKinds, ScalarsByTheirValues) {
  const auto found = proposals(5, [](double t, double* out) {
    out[0] = std::sin(t);
    out[1] = std::fmod(t, 1.0) < 0.5 ? -1.0 : 1.0;
    out[2] = std::floor(std::fmod(t, 4.0));
    out[3] = std::remainder(t, 2.0 * test::kPi);
    out[4] = 7.0;
  });
  EXPECT_EQ(kinds_text(found), "1=binary,2=categorical,3=angle");
  EXPECT_NE(found[0].reason.find("-1 and 1"), std::string::npos);
  EXPECT_EQ(kinds_text(proposals(1, [](double t, double* out) { out[0] = std::remainder(60 * t, 360.0); })),
            "0=angle_degrees");
}

TEST(ProposeKinds, OrdinaryNumbersAreLeftAlone) {
  EXPECT_TRUE(proposals(6, [](double t, double* out) {
                for (int d = 0; d < 6; ++d) out[d] = (1.0 + d) * std::sin(t + d);
              }).empty());
  EXPECT_TRUE(KindEvidence(3).propose({}).empty()) << "no rows, no evidence";
}

}  // namespace
}  // namespace pianola
