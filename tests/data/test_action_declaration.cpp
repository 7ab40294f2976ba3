#include "pianola/data/action_declaration.hpp"

#include <gtest/gtest.h>

#include "data/temporary_folder.hpp"
#include "pianola/base/error.hpp"

namespace pianola {
namespace {

using test::expect_parts;

/// x, y, z, roll, pitch, yaw, gripper; observed: eef_pos[3], eef_quat[4], gripper[2].
DatasetInfo robot() {
  DatasetInfo info;
  info.action_dim = 7;
  info.observation_dim = 9;
  info.observation_fields = {{"eef_pos", 0, 3}, {"eef_quat", 3, 4}, {"gripper", 7, 2}};
  info.action_names = {"x", "y", "z", "roll", "pitch", "yaw", "gripper"};
  return info;
}

std::string text(const ActionDeclaration& declaration, const DatasetInfo& info = robot()) {
  return represent(declaration, info).text();
}

std::string refusal(const ActionDeclaration& declaration, const DatasetInfo& info = robot()) {
  return test::message_of<UsageError>([&] { represent(declaration, info); });
}

TEST(ActionDeclaration, OneAfterTheOtherOrByName) {
  const std::string expected = "0-2 absolute linear; 3-5 absolute euler_xyz; 6 absolute binary";
  EXPECT_EQ(text({"linear*3,euler_xyz,binary", "", ""}), expected);
  EXPECT_EQ(text({"gripper=binary,3-5=euler_xyz", "", ""}), expected);
  EXPECT_EQ(text({"3=angle,yaw=angle,p*=angle", "", ""}), "0-2 absolute linear; 3-5 absolute angle; 6 absolute linear");
}

TEST(ActionDeclaration, OneFrameIsThatOfEveryContinuousDimension) {
  DatasetInfo info = robot();
  info.observation_fields = {{"state", 0, 7}, {"rest", 7, 2}};
  EXPECT_EQ(text({"6=binary", "relative", ""}, info), "0-5 relative linear to observation 0-5; 6 absolute binary");
  EXPECT_EQ(text({"", "relative*2,delta,absolute*4", ""}, info),
            "0-1 relative linear to observation 0-1; 2 delta linear to observation 2; 3-6 absolute linear");
  EXPECT_EQ(text({"", "z=delta", "state"}, info),
            "0-1 absolute linear; 2 delta linear to observation 2; 3-6 absolute linear");
}

TEST(ActionDeclaration, StatesOfPartsWithEncodingsOfTheirOwn) {
  EXPECT_EQ(text({"3-5=euler_xyz,6=binary", "relative", "0-2=eef_pos,3-5=eef_quat(quaternion_xyzw)"}),
            "0-2 relative linear to observation 0-2; 3-5 relative euler_xyz to observation 3-6 (quaternion_xyzw); "
            "6 absolute binary");
  EXPECT_EQ(text({"3-5=euler_xyz", "0-5=relative", "0-5=1-6"}),
            "0-2 relative linear to observation 1-3; 3-5 relative euler_xyz to observation 4-6; 6 absolute linear");
  EXPECT_EQ(text({"", "0-2=relative", "eef_pos"}), "0-2 relative linear to observation 0-2; 3-6 absolute linear");
  EXPECT_EQ(text({"", "0-2=relative", "eef_quat[1-3]"}), "0-2 relative linear to observation 4-6; 3-6 absolute linear");
  EXPECT_EQ(text({"", "0-2=relative", "0,2,5"}), "0-2 relative linear to observation 0, 2, 5; 3-6 absolute linear");
}

TEST(ActionDeclaration, ColumnsAreTakenOnlyWhereNamesOrDimensionsMatch) {
  expect_parts(refusal({"", "relative", ""}),
               {"7 action dimensions", "no field", "eef_pos[3], eef_quat[4], gripper[2]", "--state"});
  DatasetInfo two = robot();
  two.observation_dim = 14;
  two.observation_fields = {{"left", 0, 7}, {"right", 7, 7}};
  expect_parts(refusal({"", "relative", ""}, two), {"more than one field", "--state left"});
  DatasetInfo named = robot();
  named.observation_dim = 8;
  named.observation_fields = {{"time", 0, 1}};
  for (std::size_t i = 0; i < 7; ++i) named.observation_fields.push_back({named.action_names[6 - i], i + 1, 1});
  EXPECT_EQ(text({"", "relative", ""}, named), "0-6 relative linear to observation 7, 6, 5, 4, 3, 2, 1");
}

TEST(ActionDeclaration, RecordedKindsCountUntilOthersAreDeclared) {
  DatasetInfo info = robot();
  info.action_kinds.assign(7, ActionKind::linear);
  info.action_kinds[6] = ActionKind::binary;
  EXPECT_EQ(text({}, info), "0-5 absolute linear; 6 absolute binary");
  EXPECT_EQ(text({"linear*7", "", ""}, info), "0-6 absolute linear");
  info.action_kinds[3] = ActionKind::rotation;
  expect_parts(refusal({}, info), {"dimension 3", "rotation", "--kinds"});
}

TEST(ActionDeclaration, WhatCannotBeMeantIsAnError) {
  expect_parts(refusal({"linear*6", "", ""}), {"covers 6", "7"});
  expect_parts(refusal({"linear*6,binari", "", ""}), {"'binari'", "did you mean 'binary'?"});
  expect_parts(refusal({"griper=binary", "", ""}), {"'griper'", "gripper"});
  expect_parts(refusal({"7=binary", "", ""}), {"no action dimension 7", "0 to 6"});
  expect_parts(refusal({"3-4=euler_xyz", "", ""}), {"euler_xyz", "3"});
  expect_parts(refusal({"3-5=rotation", "", ""}), {"how it is written", "rotation_vector"});
  expect_parts(refusal({"linear*x,linear", "", ""}), {"'linear*x'"});
  expect_parts(refusal({"linear*99999999999999999999", "", ""}), {"whole number"});
  expect_parts(refusal({"linear,,linear", "", ""}), {"empty"});
  expect_parts(refusal({"linear,6=binary", "", ""}), {"not both"});
  expect_parts(refusal({"6=binary,gripper=linear", "", ""}), {"named twice"});
  expect_parts(refusal({"6=binary(1)", "", ""}), {"two different values"});
  expect_parts(refusal({"6=binary(1,1)", "", ""}), {"two different values"});
  expect_parts(refusal({"6=categorical(1,x)", "", ""}), {"'x'", "no number"});
  expect_parts(refusal({"", "relativ", ""}), {"'relativ'", "did you mean 'relative'?"});
  expect_parts(refusal({"6=binary", "relative*7", "0-6"}), {"dimension 6", "no frame"});
  expect_parts(refusal({"3-5=euler_xyz", "3=relative", "0-2"}), {"one kind and frame"});
  expect_parts(refusal({"", "", "eef_pos"}), {"--frame"});
  expect_parts(refusal({"", "0-2=relative", "ef_pos"}), {"'ef_pos'", "eef_pos"});
  expect_parts(refusal({"", "0-2=relative", "eef_quat"}), {"4 columns", "3"});
  expect_parts(refusal({"", "0-2=relative", "7-9"}), {"column 9", "9 (0 to 8)"});
  expect_parts(refusal({"", "0-2=relative", "0-1=0-1"}), {"dimension 2"});
  expect_parts(refusal({"3-5=euler_xyz", "3-5=relative", "3-5=eef_quat"}), {"quaternion_xyzw"});
  DatasetInfo blind = robot();
  blind.observation_dim = 0;
  blind.observation_fields.clear();
  expect_parts(refusal({"", "relative", ""}, blind), {"--observation"});
}

TEST(ActionDeclaration, SaysWhetherObservationsAreRead) {
  EXPECT_FALSE(needs_observations({}));
  EXPECT_FALSE(needs_observations({"6=binary", "absolute", ""}));
  EXPECT_TRUE(needs_observations({"", "0-2=relative", ""}));
  EXPECT_TRUE(needs_observations({"", "delta", ""}));
}

}  // namespace
}  // namespace pianola
