#include "pianola/data/lerobot_sidecar.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "data/temporary_folder.hpp"
#include "pianola/base/error.hpp"

namespace pianola {
namespace {

using test::expect_parts;
using test::message_of;

TEST(LeRobotSidecar, ComesBackForAsManyEpisodes) {
  const test::TemporaryFolder folder;
  std::filesystem::create_directories(folder.file("meta"));
  DatasetInfo info;
  info.action_dim = 1;
  info.action_range = {{-1.0}, {1.0}};
  info.action_kinds = {ActionKind::angle};
  info.attributes = {{"system", "pendulum"}, {"fps", "10"}};
  info.subsets = {{"train", {0, 1}}, {"odd", {1, 3}}};
  LeRobotSidecar sidecar;
  for (std::size_t i = 0; i < 4; ++i) sidecar.episodes[i] = {"", Outcome::truncated, {}};
  sidecar.episodes[1] = {"demo_7", Outcome::diverged, {{"seed", "3"}}};
  std::ofstream(folder.file("meta/pianola.json")) << lerobot_sidecar_text(sidecar, info, 4, "set");
  DatasetInfo read;
  const LeRobotSidecar back = read_lerobot_sidecar(folder.file(""), read, 4);
  EXPECT_EQ(read.action_range.low, info.action_range.low);
  EXPECT_EQ(read.action_kinds, info.action_kinds);
  EXPECT_EQ(read.attributes, (std::map<std::string, std::string>{{"system", "pendulum"}}));
  EXPECT_EQ(back.episodes.at(1).name, "demo_7");
  EXPECT_EQ(back.episodes.at(1).outcome, Outcome::diverged);
  EXPECT_EQ(back.subsets, (std::map<std::string, std::vector<std::size_t>>{{"odd", {1, 3}}}));
  DatasetInfo other;
  EXPECT_TRUE(read_lerobot_sidecar(folder.file(""), other, 5).episodes.empty()) << "others added an episode";
  EXPECT_EQ(other.action_range.low, info.action_range.low);
}

TEST(LeRobotSidecar, DamageIsNamed) {
  const test::TemporaryFolder folder;
  std::filesystem::create_directories(folder.file("meta"));
  const auto error_of = [&](const char* text) {
    std::ofstream(folder.file("meta/pianola.json")) << text;
    DatasetInfo info;
    return message_of<DataError>([&] { (void)read_lerobot_sidecar(folder.file(""), info, 1); });
  };
  expect_parts(error_of("["), {"pianola.json", "no JSON"});
  expect_parts(error_of("7"), {"pianola.json", "damaged"});
  expect_parts(error_of(R"({"format_version": 9})"), {"format_version 9", "newer"});
  expect_parts(error_of(R"({"format_version": 1, "action_low": "x"})"), {"pianola.json", "damaged"});
  expect_parts(error_of(R"({"format_version": 1, "action_kinds": ["angel"]})"), {"angel"});
  expect_parts(error_of(R"({"format_version": 1, "names": ["a"], "outcomes": ["x"]})"), {"'x'", "truncated"});
  expect_parts(error_of(R"({"format_version": 1, "names": ["a"], "subsets": {"a": [1]}})"),
               {"subset 'a'", "episode 1"});
  expect_parts(error_of(R"({"format_version": 1, "names": ["a"], "trajectory_attributes": {"x": {}}})"),
               {"'trajectory_attributes'"});
}

}  // namespace
}  // namespace pianola
