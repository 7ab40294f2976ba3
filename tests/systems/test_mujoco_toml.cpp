#include "pianola/systems/mujoco_toml.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <limits>

#include "systems/mujoco_fixture.hpp"

namespace pianola {
namespace {

using test::data_error_of;

std::string refused(const std::string& text) {
  return data_error_of([&] { parse_mujoco_task(text, "t.toml"); });
}

TEST(MujocoToml, ReadsEveryKind) {
  const MujocoTask task = parse_mujoco_task(R"(
model = "robot.xml"
frame_skip = 5
horizon = 300
keyframe = "home"
expert = "lqr"
action_low = [-1, -0.5]
reward_range = [0, 1.5]
observation = [{ source = "qpos", first = 1 }, { source = "qvel", clip_low = -10, clip_high = 10.5 }]
[[reward]]
term = "norm"
weight = -2
source = "site"
name = "hand"
minus = "target"
before = true
[[termination]]
source = "qpos"
low = 0.7
open = true
[[reset]]
target = "qvel"
law = "normal"
scale = 0.1
)",
                                            "t.toml");
  EXPECT_EQ(task.model, "robot.xml");
  EXPECT_EQ(task.frame_skip, 5);
  EXPECT_EQ(task.horizon, 300);
  EXPECT_EQ(task.keyframe, "home");
  EXPECT_EQ(task.action_low, (std::vector<double>{-1, -0.5}));
  EXPECT_EQ(task.reward_range, (std::vector<double>{0, 1.5}));
  ASSERT_EQ(task.observation.size(), 2u);
  EXPECT_EQ(task.observation[0].first, 1);
  EXPECT_EQ(task.observation[0].count, -1);
  EXPECT_EQ(task.observation[1].clip_high, 10.5);
  ASSERT_EQ(task.reward.size(), 1u);
  EXPECT_EQ(task.reward[0].of.minus, "target");
  EXPECT_TRUE(task.reward[0].before);
  EXPECT_EQ(task.reward[0].weight, -2.0);
  ASSERT_EQ(task.termination.size(), 1u);
  EXPECT_TRUE(task.termination[0].open);
  EXPECT_EQ(task.termination[0].high, std::numeric_limits<double>::infinity());
  ASSERT_EQ(task.reset.size(), 1u);
  EXPECT_EQ(task.reset[0].law, "normal");
}

TEST(MujocoToml, NamesLineKeyValueAndTheNearestKey) {
  EXPECT_EQ(refused("model = 'a.xml'\nframe_skip = 'two'"), "t.toml:2: frame_skip takes a whole number, not 'two'");
  EXPECT_EQ(refused("model = 'a.xml'\nframe_skip = 2.5"), "t.toml:2: frame_skip takes a whole number, not 2.5");
  const std::string unknown = refused("model = 'a.xml'\n\nframeskip = 2");
  EXPECT_NE(unknown.find("t.toml:3: no key named 'frameskip'; did you mean 'frame_skip'?"), std::string::npos)
      << unknown;
  const std::string nested = refused("model = 'a.xml'\n[[reward]]\nterm = 'norm'\nwieght = 1");
  EXPECT_NE(nested.find("t.toml:4: no key of reward[0] named 'wieght'; did you mean 'weight'?"), std::string::npos)
      << nested;
  EXPECT_NE(refused("model = 'a.xml'\nreward = 3").find("reward takes a list, not 3"), std::string::npos);
  EXPECT_NE(refused("model = 'a.xml'\nreward = [3]").find("reward[0] takes a table of keys, not 3"), std::string::npos);
  EXPECT_NE(refused("model = 'a.xml'\naction_low = [true]").find("action_low[0] takes a number"), std::string::npos);
  EXPECT_NE(refused("model = 'a.xml'\ntermination = [{ open = 1 }]").find("takes true or false, not 1"),
            std::string::npos);
  EXPECT_NE(refused("model = 'a.xml'\nframe_skip = 99999999999").find("a whole number"), std::string::npos);
  EXPECT_NE(refused("frame_skip = 1").find("the key 'model' is missing"), std::string::npos);
  EXPECT_EQ(refused("model = \n").rfind("t.toml, line 1: ", 0), 0u);
}

TEST(MujocoToml, RefusesKeysThatTheTermOrLawDoesNotUse) {
  const auto reward = [](const std::string& rest) { return refused("model = 'a.xml'\n[[reward]]\nterm = " + rest); };
  EXPECT_EQ(
      reward("'constant'\ntarget = [1]"),
      "t.toml:4: reward[0].target: the term 'constant' does not use it; beyond term, weight, at_least, at_most it "
      "takes no key");
  EXPECT_NE(reward("'alive'\nsource = 'qpos'").find("reward[0].source"), std::string::npos);
  EXPECT_NE(reward("'velocity'\nsource = 'qpos'\nbefore = true").find("t.toml:5: reward[0].before"), std::string::npos);
  EXPECT_NE(reward("'velocity'\nsource = 'qpos'\ntarget = [1]").find("reward[0].target"), std::string::npos);
  EXPECT_NE(reward("'sum'\nsource = 'qpos'\ntarget = [1]").find("reward[0].target"), std::string::npos);
  EXPECT_NE(reward("'norm'\nsource = 'qpos'\nscale = 1").find("reward[0].scale"), std::string::npos);
  EXPECT_EQ(reward("'tolerance'\nsource = 'qpos'\nmap = 'sin'\ntarget = [1]\nscale = 2\nbefore = true\nweight = 2"),
            "");

  const auto reset = [](const std::string& rest) {
    return refused("model = 'a.xml'\n[[reset]]\ntarget = 'qpos'\nlaw = " + rest);
  };
  EXPECT_EQ(reset("'normal'\nlow = -0.1\nscale = 1"),
            "t.toml:5: reset[0].low: the law 'normal' does not use it; beyond target, name, first, count, law it takes "
            "scale");
  EXPECT_NE(reset("'constant'\nlow = 1\nhigh = 2").find("reset[0].high"), std::string::npos);
  EXPECT_NE(reset("'uniform'\nhigh = 1\nscale = 2").find("reset[0].scale"), std::string::npos);
  EXPECT_EQ(reset("'annulus'\nhigh = 1"), "");
}

TEST(MujocoToml, ALawNeedsANumberOfItsOwn) {
  EXPECT_EQ(refused("model = 'a.xml'\n[[reset]]\ntarget = 'qpos'"),
            "t.toml:2: reset[0]: the law 'uniform' needs low or high");
  EXPECT_NE(refused("model = 'a.xml'\nreset = [{ target = 'qpos', law = 'normal' }]").find("'normal' needs scale"),
            std::string::npos);
}

TEST(MujocoToml, TheModelLiesBesideTheFile) {
  const auto folder = std::filesystem::path(testing::TempDir()) / "mujoco_toml";
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "task.toml") << "model = 'robot.xml'";
  EXPECT_EQ(read_mujoco_task((folder / "task.toml").string()).model, (folder / "robot.xml").string());
  std::filesystem::remove_all(folder);
  EXPECT_NE(data_error_of([&] { read_mujoco_task((folder / "task.toml").string()); }).find("task.toml"),
            std::string::npos);
}

}  // namespace
}  // namespace pianola
