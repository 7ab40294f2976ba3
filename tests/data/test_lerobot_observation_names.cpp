#include "pianola/data/lerobot_observation_names.hpp"

#include <gtest/gtest.h>

namespace pianola {
namespace {

using Names = std::vector<std::string>;

DatasetInfo two_fields(const std::string& features) {
  DatasetInfo info;
  info.format = "lerobot_v21";
  info.observation_dim = 3;
  info.observation_fields = {{"observation.state", 0, 2}, {"observation.grip", 2, 1}};
  info.attributes["features"] = features;
  return info;
}

TEST(LeRobotObservationNames, OfEachFieldThatHasThem) {
  const DatasetInfo info = two_fields(R"({"observation.state": {"names": ["x", "y"]}, "observation.grip": {}})");
  EXPECT_EQ(lerobot_observation_names(info), (Names{"state.x", "state.y", "grip[0]"}));
}

TEST(LeRobotObservationNames, OfOneFieldAsTheyAre) {
  for (const char* names : {R"(["x", "y"])", R"([["x", "y"]])", R"({"motors": ["x", "y"]})"}) {
    DatasetInfo info = two_fields(std::string(R"({"observation.state": {"names": )") + names + "}}");
    info.observation_fields.pop_back();
    info.observation_dim = 2;
    EXPECT_EQ(lerobot_observation_names(info), (Names{"x", "y"})) << names;
  }
}

TEST(LeRobotObservationNames, NoneWhereNothingNamesThem) {
  for (const char* features :
       {"", "[]", "{}", R"({"observation.state": 3})", R"({"observation.state": {"names": null}})",
        R"({"observation.state": {"names": ["x"]}})", R"({"observation.state": {"names": [1, 2]}})",
        R"({"observation.state": {"names": []}})"}) {
    EXPECT_TRUE(lerobot_observation_names(two_fields(features)).empty()) << features;
  }
  DatasetInfo other = two_fields(R"({"observation.state": {"names": ["x", "y"]}})");
  other.format = "robomimic";
  EXPECT_TRUE(lerobot_observation_names(other).empty());
}

}  // namespace
}  // namespace pianola
