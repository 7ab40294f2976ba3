#include "pianola/data/minari_spaces.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "pianola/base/error.hpp"

namespace pianola {
namespace {

constexpr const char* kNested = R"({"type": "Dict", "subspaces": {"pose": {"type": "Tuple", "subspaces": [
    {"type": "Box", "dtype": "float64", "shape": [2], "low": [-Infinity, NaN], "high": [1.0, Infinity]},
    {"type": "Text", "charset": "\"Infinity\\"}]}}})";

TEST(MinariSpaces, LeavesOfNestedSpaces) {
  const auto space = parse_space(kNested, "a");
  EXPECT_EQ(space_at(space, "pose/_index_0").at("type"), "Box");
  EXPECT_EQ(space_at(space, "pose/_index_1").at("charset"), "\"Infinity\\");
  EXPECT_EQ(space_at(space, ""), space);
  for (const char* leaf : {"pose/_index_2", "pose/_index_x", "other", "pose/_index_0/deeper", "/"}) {
    EXPECT_TRUE(space_at(space, leaf).is_null()) << leaf;
  }
}

TEST(MinariSpaces, WhatIsNoSpaceIsAnError) {
  for (const char* text : {"", "[", "3", "{\"a\": \"", "{\"a\": \"\\"})
    EXPECT_THROW((void)parse_space(text, "a"), DataError);
}

TEST(MinariSpaces, Images) {
  nlohmann::json box = {{"type", "Box"}, {"dtype", "uint8"}, {"shape", {32, 64, 3}}, {"low", 0}, {"high", 255}};
  EXPECT_TRUE(is_image_space(box));
  box["low"] = nlohmann::json::parse("[[[0, 0], [0, 0]]]");
  EXPECT_TRUE(is_image_space(box));
  box["shape"] = {31, 64, 3};
  EXPECT_FALSE(is_image_space(box));
  box["shape"] = {32, 64};
  box["high"] = {255, 254};
  EXPECT_FALSE(is_image_space(box));
  EXPECT_FALSE(is_image_space(nullptr));
  EXPECT_FALSE(is_image_space({{"type", "Box"}, {"dtype", 3}, {"shape", "x"}}));
}

TEST(MinariSpaces, RangeAndKindsOfActions) {
  DatasetInfo info;
  append_action_space(box_space(2, "float32", {{-1, -2}, {1, 2}}), 2, info);
  EXPECT_EQ(info.action_range, (ActionRange{{-1, -2}, {1, 2}}));
  append_action_space({{"type", "Discrete"}, {"n", 3}, {"start", 0}}, 1, info);
  EXPECT_EQ(info.action_kinds, (std::vector{ActionKind::linear, ActionKind::linear, ActionKind::categorical}));
  EXPECT_TRUE(info.action_range.low.empty()) << "not all dimensions have one";
  append_action_space(box_space(1, "float32", {{-1}, {1}}), 1, info);
  EXPECT_TRUE(info.action_range.low.empty());
  DatasetInfo binary;
  append_action_space({{"type", "MultiBinary"}, {"n", 2}}, 2, binary);
  EXPECT_EQ(binary.action_kinds, (std::vector{ActionKind::binary, ActionKind::binary}));
}

}  // namespace
}  // namespace pianola
