#include "pianola/data/lerobot_frames.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "data/lerobot_sets.hpp"
#include "pianola/base/error.hpp"

namespace pianola {
namespace {

using test::expect_parts;
using test::message_of;

std::vector<std::string> names_of(const LeRobotFrames& frames) {
  std::vector<std::string> names;
  for (const LeRobotColumn& column : frames.columns()) names.push_back(column.feature.name);
  return names;
}

TEST(LeRobotFrames, FeaturesOfATrajectory) {
  DatasetInfo info = test::lerobot_info();
  info.observation_fields = {{"robot/joints", 0, 2}, {"observation.gripper", 2, 1}};
  info.extra_fields = {{"infos/x", 2, "float16"}, {"index", 1, "int64"}};
  info.action_bits = 64;
  LeRobotFrames frames(info, "set");
  Trajectory t = test::lerobot_episode(0, 3);
  t.rewards = {1, 2, 3};
  t.dones = {0, 0, 1};
  t.extras = {{1, 2, 3, 4, 5, 6}, {40, 41, 42}};
  t.next_observations = t.observations;
  t.timestamps = {0.0, 0.1, 0.25};
  frames.add(t);
  EXPECT_EQ(names_of(frames), (std::vector<std::string>{"observation.robot.joints", "observation.gripper", "action",
                                                        "next.reward", "next.done", "infos.x", "timestamp",
                                                        "frame_index", "episode_index", "index", "task_index"}));
  EXPECT_EQ(frames.columns()[2].feature.dtype, "float64");
  EXPECT_EQ(frames.columns()[5].feature.dtype, "float32");
  EXPECT_EQ(frames.columns()[9].values, (std::vector<double>{0, 1, 2}));
  EXPECT_EQ(frames.lost(),
            (std::vector<std::string>{"next observations: LeRobot has none", "timestamp: rounded to float32",
                                      "frame_index, index, task_index: counted anew"}));
  EXPECT_EQ(frames.features()["action"].dump(), R"({"dtype":"float64","shape":[2],"names":["left","right"]})");
  EXPECT_NE(frames.huggingface().find(R"("length":2,"_type":"Sequence")"), std::string::npos);
}

TEST(LeRobotFrames, CountsFramesEpisodesAndTasks) {
  LeRobotFrames frames(test::lerobot_info(), "set");
  for (std::size_t e = 0; e < 3; ++e) frames.add(test::lerobot_episode(e, 3 + e));
  EXPECT_EQ(frames.episodes(), 3u);
  EXPECT_EQ(frames.frames(), 12u);
  EXPECT_EQ(frames.columns()[5].values, std::vector<double>(5, 2.0)) << "episode_index";
  EXPECT_EQ(frames.columns()[6].values, (std::vector<double>{7, 8, 9, 10, 11})) << "index";
  EXPECT_EQ(frames.tasks(), (std::vector<std::string>{"pick", "place"}));
  EXPECT_EQ(frames.episode_tasks(), std::vector<std::string>{"pick"});
}

TEST(LeRobotFrames, TasksByFrameAreKept) {
  DatasetInfo info = test::lerobot_info();
  info.attributes["tasks"] = R"(["a", "b", "c"])";
  info.extra_fields = {{"task_index", 1, "int64"}};
  LeRobotFrames frames(info, "set");
  Trajectory t = test::lerobot_episode(0, 3);
  t.extras = {{2, 2, 0}};
  frames.add(t);
  EXPECT_EQ(frames.episode_tasks(), (std::vector<std::string>{"c", "a"}));
  t.extras = {{2, 3, 0}};
  expect_parts(message_of<DataError>([&] { frames.add(t); }), {"row 1", "task_index is 3", "3 tasks"});
}

TEST(LeRobotFrames, TheFrameRateIsRecordedOrFollowsOrIsAskedFor) {
  DatasetInfo info = test::lerobot_info();
  info.attributes.erase("fps");
  Trajectory t = test::lerobot_episode(0, 3);
  LeRobotFrames none(info, "set");
  expect_parts(message_of<UsageError>([&] { none.add(t); }), {"set", "frames a second", "--fps"});
  t.timestamps = {5.0, 5.02, 5.04};
  LeRobotFrames timed(info, "set");
  timed.add(t);
  EXPECT_EQ(timed.fps(), 50.0);
  info.attributes["fps"] = "fast";
  LeRobotFrames wrong(info, "set");
  expect_parts(message_of<DataError>([&] { wrong.add(t); }), {"'fps'", "'fast'"});
}

TEST(LeRobotFrames, WhatDoesNotFitTogether) {
  LeRobotFrames frames(test::lerobot_info(), "set");
  frames.add(test::lerobot_episode(0, 3));
  Trajectory t = test::lerobot_episode(1, 3);
  t.rewards = {1, 2, 3};
  expect_parts(message_of<DataError>([&] { frames.add(t); }), {"episode_000001", "the rewards", "have none"});
  DatasetInfo twice = test::lerobot_info();
  twice.observation_fields = {{"a/b", 0, 2}, {"a.b", 2, 1}};
  LeRobotFrames same(twice, "set");
  expect_parts(message_of<DataError>([&] { same.add(test::lerobot_episode(0, 3)); }), {"'observation.a.b'", "rename"});
}

}  // namespace
}  // namespace pianola
