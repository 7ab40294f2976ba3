#include "pianola/data/lerobot_metadata.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "data/temporary_folder.hpp"
#include "pianola/base/error.hpp"

namespace pianola {
namespace {

using test::expect_parts;
using test::message_of;
using Json = nlohmann::ordered_json;

Json good() {
  return Json::parse(R"({"codebase_version": "v2.1", "fps": 30, "robot_type": null, "total_episodes": 2,
    "total_frames": 7, "chunks_size": 1000, "splits": {"train": "0:2", "odd": "50%", "bad": "1:"},
    "data_path": "data/chunk-{episode_chunk:03d}/episode_{episode_index:06d}.parquet",
    "features": {"action": {"dtype": "float32", "shape": [2], "names": {"motors": ["a", "b"]}},
                 "nested": {"dtype": "float32", "shape": [2], "names": [["c", "d"]]},
                 "plain": {"dtype": "int64", "shape": [1], "names": null},
                 "camera": {"dtype": "video", "shape": [4, 5, 3], "names": ["height", "width", "channels"]}}})");
}

class LeRobotMetadata : public ::testing::Test {
 protected:
  std::string write(const std::string& text) {
    std::filesystem::create_directories(folder_.file("meta"));
    std::ofstream(folder_.file("meta/info.json")) << text;
    return folder_.file("");
  }
  std::string error_of(const std::string& text) {
    const std::string root = write(text);
    return message_of<DataError>([&] { (void)read_lerobot_info(root); });
  }
  std::string error_with(const char* pointer, const Json& value) {
    Json json = good();
    json[Json::json_pointer(pointer)] = value;
    return error_of(json.dump());
  }

  test::TemporaryFolder folder_;
};

TEST_F(LeRobotMetadata, ReadsInfo) {
  const LeRobotInfo info = read_lerobot_info(write(good().dump()));
  EXPECT_EQ(info.fps, 30.0);
  EXPECT_EQ(info.frames, 7u);
  EXPECT_EQ(info.robot_type, "");
  ASSERT_EQ(info.features.size(), 4u);
  EXPECT_EQ(info.features[0].names, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(info.features[1].names, (std::vector<std::string>{"c", "d"}));
  EXPECT_TRUE(info.features[2].names.empty());
  EXPECT_TRUE(info.features[3].is_image());
  EXPECT_EQ(info.features[3].dim(), 60u);
  EXPECT_EQ(info.splits.size(), 1u);
  EXPECT_EQ(info.splits.at("train"), (std::pair<std::size_t, std::size_t>{0, 2}));
}

TEST_F(LeRobotMetadata, HostileInfoIsAnErrorThatNamesTheField) {
  expect_parts(error_of("{"), {"info.json", "no JSON"});
  expect_parts(error_of("[]"), {"info.json", "one JSON object"});
  expect_parts(error_of("{}"), {"'codebase_version'", "is missing"});
  expect_parts(error_of(std::string(100000, '[')), {"info.json"});
  expect_parts(error_of("{\"a\": " + std::string(60, '[') + std::string(60, ']') + "}"), {"nested deeper than 32"});
  expect_parts(error_with("/fps", 0), {"'fps'", "positive", "is 0"});
  expect_parts(error_with("/fps", "30"), {"'fps'", "\"30\""});
  expect_parts(error_with("/total_episodes", -1), {"'total_episodes'", "-1"});
  expect_parts(error_with("/total_frames", 1e300), {"'total_frames'"});
  expect_parts(error_with("/total_frames", 9223372036854775807LL), {"'total_frames'", "2^53"});
  expect_parts(error_with("/chunks_size", 0), {"'chunks_size'", "at least 1"});
  expect_parts(error_with("/data_path", "/etc/passwd"), {"'data_path'", "within the dataset's folder"});
  expect_parts(error_with("/data_path", "../x"), {"'data_path'", "within the dataset's folder"});
  expect_parts(error_with("/features", Json::array()), {"'features'", "an object"});
  expect_parts(error_with("/features/action/shape", "2"), {"feature 'action'", "'shape'"});
  expect_parts(error_with("/features/action/shape", {0}), {"feature 'action'", "'shape'", "from 1"});
  expect_parts(error_with("/features/action/shape", {4294967296, 4294967296}), {"feature 'action'", "'shape'"});
  expect_parts(error_with("/features/action/dtype", 5), {"feature 'action'", "'dtype'", "a text", "is 5"});
}

TEST_F(LeRobotMetadata, DetectsVersions) {
  const std::vector<std::string_view> versions{"v2.1", "v2.0"};
  EXPECT_EQ(detect_lerobot(write(good().dump()), versions), "");
  Json newer = good();
  newer["codebase_version"] = "v4.2";
  EXPECT_EQ(detect_lerobot(write(newer.dump()), versions), "its codebase_version is 'v4.2', not v2.1 or v2.0");
  EXPECT_EQ(detect_lerobot(write("{}"), versions), "its meta/info.json has no codebase_version");
  EXPECT_EQ(detect_lerobot(folder_.file("nowhere"), versions), "it is no folder");
  std::filesystem::remove_all(folder_.file("meta"));
  EXPECT_EQ(detect_lerobot(folder_.file(""), versions), "it has no meta/info.json");
}

TEST_F(LeRobotMetadata, Templates) {
  const std::map<std::string, std::size_t> values{{"a", 7}, {"b", 12345}};
  EXPECT_EQ(lerobot_path("x/{a:03d}/y_{b:03d}.z", values, "f"), "x/007/y_12345.z");
  EXPECT_EQ(lerobot_path("{a}{b}", values, "f"), "712345");
  for (const char* bad : {"{c}", "{a", "{a:3d}", "{a:03x}", "{a:099999999999999999999d}", "{a:0}", "{}", "{a:"}) {
    expect_parts(message_of<DataError>([&] { (void)lerobot_path(bad, values, "info.json"); }),
                 {"info.json", "data_path"});
  }
}

}  // namespace
}  // namespace pianola
