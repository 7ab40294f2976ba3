#include "pianola/data/lerobot_stored.hpp"

#include <cstdlib>

#include "data/lerobot_sets.hpp"

namespace pianola {
namespace {

#ifdef PIANOLA_WITH_ARROW

using test::expect_parts;

DatasetInfo at(const std::string& root, const char* format) {
  DatasetInfo info;
  info.path = root;
  info.format = format;
  return info;
}

TEST(LeRobotStored, WhatIsRightIsNoProblem) {
  const test::TemporaryFolder folder;
  for (const char* format : {"lerobot_v21", "lerobot_v30"}) {
    const std::string root = test::write_lerobot(folder.file(format), format, 5);
    EXPECT_TRUE(stored_statistics_problems(at(root, format)).empty()) << format;
  }
  EXPECT_TRUE(stored_statistics_problems(at("nowhere", "robomimic")).empty());
}

TEST(LeRobotStored, WrongMomentsAndQuantilesAreNamed) {
  const test::TemporaryFolder folder;
  const std::string root = test::write_lerobot(folder.file("set"), "lerobot_v30", 5);
  test::change_json(root + "/meta/stats.json", [](auto& json) {
    json["action"]["mean"][1] = 7.0;
    json["observation.state"]["q99"][0] = 9.0;
    json["index"].erase("q50");
  });
  const auto problems = stored_statistics_problems(at(root, "lerobot_v30"));
  ASSERT_EQ(problems.size(), 2u);
  expect_parts(problems[0].where + ": " + problems[0].what,
               {"stats.json", "observation.state", "q99 of dimension 0", "9"});
  expect_parts(problems[1].where + ": " + problems[1].what, {"action", "mean of dimension 1 (right)", "stored as 7"});
}

TEST(LeRobotStored, EnvelopesAreCalledByTheirName) {
  const test::TemporaryFolder folder;
  const std::string root = test::write_lerobot(folder.file("set"), "lerobot_v30", 2);  // 4 and 6 frames
  test::change_json(root + "/meta/stats.json", [](auto& json) { json["index"]["q10"][0] = 0.3; });
  const auto least = stored_statistics_problems(at(root, "lerobot_v30"));
  ASSERT_EQ(least.size(), 1u);
  expect_parts(least[0].what,
               {"q10", "stored as 0.3, but is 0.9", "the least of the episodes' quantiles (an envelope)"});
  test::change_json(root + "/meta/stats.json", [](auto& json) { json["index"]["q10"][0] = (4 * 0.3 + 6 * 4.5) / 10; });
  expect_parts(stored_statistics_problems(at(root, "lerobot_v30")).at(0).what, {"the mean of the episodes' quantiles"});
}

TEST(LeRobotStored, EpisodesThatDiffer) {
  const test::TemporaryFolder folder;
  const std::string root = test::write_lerobot(folder.file("set"), "lerobot_v21", 2);
  const std::string path = root + "/meta/episodes_stats.jsonl";
  std::string text = read_file(path);
  const std::size_t at_max = text.find("\"max\":[", text.find("\"action\""));
  text.insert(at_max + 7, "5");
  std::ofstream(path) << text;
  const auto problems = stored_statistics_problems(at(root, "lerobot_v21"));
  ASSERT_EQ(problems.size(), 1u);
  expect_parts(problems[0].what, {"1 of 2 episodes", "in episode 0, max of dimension 0 (left)"});
  std::ofstream(path) << "{}";
  expect_parts(stored_statistics_problems(at(root, "lerobot_v21")).at(0).what, {"episodes_stats.jsonl:1"});
}

TEST(LeRobotStored, TheG1DatasetsAreRight) {
  const char* data = std::getenv("PIANOLA_DATA");
  if (data == nullptr) GTEST_SKIP() << "PIANOLA_DATA is not set";
  for (const Problem& problem :
       stored_statistics_problems(at(std::string(data) + "/unitree_g1_lerobot_v21", "lerobot_v21"))) {
    ADD_FAILURE() << problem.where << ": " << problem.what;
  }
}

#endif

}  // namespace
}  // namespace pianola
