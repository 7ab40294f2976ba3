#include <gtest/gtest.h>

#include <cmath>

#include "systems/mujoco_fixture.hpp"

namespace pianola {
namespace {

using test::data_error_of;
using test::fixture;
using test::Player;

/// The first observation of the tilted keyframe through one quantity.
std::vector<double> seen(const std::string& quantity) {
  return Player(fixture("keyframe = 'tilted'\nobservation = [{ " + quantity + " }]")).observe();
}

std::string refused(const std::string& quantity) {
  return data_error_of([&] { fixture("observation = [{ " + quantity + " }]"); });
}

void expect_near(const std::vector<double>& seen, const std::vector<double>& expected, double tolerance = 1e-12) {
  ASSERT_EQ(seen.size(), expected.size());
  for (std::size_t i = 0; i < seen.size(); ++i) EXPECT_NEAR(seen[i], expected[i], tolerance) << i;
}

TEST(MujocoSlice, ReadsJointsByNameAndByNumber) {
  SKIP_WITHOUT_MUJOCO();
  expect_near(seen("source = 'qpos', name = 'hinge'"), {0.5});
  expect_near(seen("source = 'qpos', count = 2"), {0.25, 0.5});
  expect_near(seen("source = 'qpos', name = 'free'"), {2, 0, 0.1, 1, 0, 0, 0});
  expect_near(seen("source = 'qpos', name = 'free', first = 2, count = 1"), {0.1});
  EXPECT_EQ(seen("source = 'qvel', name = 'free'").size(), 6u);
  EXPECT_EQ(seen("source = 'qpos'").size(), 9u);
}

TEST(MujocoSlice, ReadsPositionsAndTheirDifferences) {
  SKIP_WITHOUT_MUJOCO();
  const double x = 0.25 + 0.5 * std::cos(0.5), z = 1.0 - 0.5 * std::sin(0.5);  // a turn about y by 0.5 lowers the hand
  expect_near(seen("source = 'site', name = 'hand'"), {x, 0, z});
  expect_near(seen("source = 'site', name = 'hand', minus = 'middle', count = 1"), {x - 2.0});
  expect_near(seen("source = 'body', name = 'ball'"), {2, 0, 0.1});
  expect_near(seen("source = 'subtree_com', name = 'ball'"), {2, 0, 0.1});
  expect_near(seen("source = 'sensor', name = 'angle'"), {0.5});
}

TEST(MujocoSlice, MapsThenClips) {
  SKIP_WITHOUT_MUJOCO();
  expect_near(seen("source = 'qpos', name = 'hinge', map = 'sin'"), {std::sin(0.5)});
  expect_near(seen("source = 'qpos', name = 'hinge', map = 'cos', clip_high = 0.8"), {0.8});
  expect_near(seen("source = 'qpos', count = 2, clip_low = 0.3, clip_high = 0.4"), {0.3, 0.4});
}

TEST(MujocoSlice, FlatArraysHaveARowABody) {
  SKIP_WITHOUT_MUJOCO();
  EXPECT_EQ(seen("source = 'cinert'").size(), 40u);  // world, cart, arm, ball
  EXPECT_EQ(seen("source = 'cvel', name = 'arm'").size(), 6u);
  EXPECT_EQ(seen("source = 'cfrc_ext', first = 6").size(), 18u);
  EXPECT_EQ(seen("source = 'qfrc_actuator', name = 'slide'").size(), 1u);
}

TEST(MujocoSlice, RefusesWhatTheModelLacks) {
  SKIP_WITHOUT_MUJOCO();
  const std::string joint = refused("source = 'qpos', name = 'hing'");
  EXPECT_NE(joint.find("task.toml: observation[0].name"), std::string::npos) << joint;
  EXPECT_NE(joint.find("did you mean 'hinge'"), std::string::npos) << joint;
  EXPECT_NE(refused("source = 'qqos'").find("did you mean 'qpos'"), std::string::npos);
  EXPECT_NE(refused("source = 'qpos', first = 8, count = 2").find("the 9 numbers of qpos"), std::string::npos);
  EXPECT_NE(refused("source = 'qpos', first = 2147483647, count = 2147483647").find("lie within"), std::string::npos);
  EXPECT_NE(refused("source = 'qpos', first = -1").find("lie within"), std::string::npos);
  EXPECT_NE(refused("source = 'site'").find("takes the name of one site"), std::string::npos);
  EXPECT_NE(refused("source = 'act', name = 'push'").find("have no names"), std::string::npos);
  EXPECT_NE(refused("source = 'qpos', map = 'tan'").find("sin or cos"), std::string::npos);
  EXPECT_NE(refused("source = 'qpos', clip_low = 1, clip_high = 0").find("must be below"), std::string::npos);
  EXPECT_NE(refused("source = 'qpos', name = 'hinge', minus = 'free'").find("'free' has 7"), std::string::npos);
  EXPECT_NE(refused("source = 'qpos', minus = 'free'").find("takes a name too"), std::string::npos);
}

}  // namespace
}  // namespace pianola
