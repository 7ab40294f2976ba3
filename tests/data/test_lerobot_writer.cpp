#ifdef PIANOLA_WITH_ARROW
#include "pianola/data/lerobot_writer.hpp"

#include <filesystem>

#include "data/lerobot_sets.hpp"
#include "pianola/base/error.hpp"

namespace pianola {
namespace {

using test::expect_parts;
using test::message_of;

TEST(LeRobotWriter, AllOfATrajectoryComesBack) {
  const test::TemporaryFolder folder;
  for (const char* format : {"lerobot_v21", "lerobot_v30"}) {
    DatasetInfo info = test::lerobot_info();
    info.action_bits = info.observation_bits = 64;
    info.extra_fields = {{"flag", 1, "bool"}, {"count", 2, "int32"}};
    info.action_range = {{-9.0, -9.0}, {9.0, 9.0}};
    info.subsets = {{"train", {0}}, {"validation", {1}}};
    info.attributes["expert"] = "hand";
    Trajectory t = test::lerobot_episode(0, 3);
    t.name = "demo_5";
    t.rewards = {0.1, 0.2, 0.3};
    t.dones = {0, 0, 0};
    t.executed_actions = {1, 2, 3, 4, 5, 6};
    t.outcome = Outcome::diverged;
    t.extras = {{1, 0, 1}, {1, 2, 3, 4, 5, 6}};
    t.actions[0] = 0.1;
    t.attributes["seed"] = "7";
    const auto writer = create_dataset(folder.file(format), info, format);
    writer->write(t);
    writer->write(t);
    EXPECT_FALSE(std::filesystem::exists(folder.file(format)));
    writer->finish();
    const auto reader = open_dataset(folder.file(format));
    const Trajectory back = reader->read(1);
    EXPECT_EQ(back.name, t.name);
    EXPECT_EQ(back.actions, t.actions);
    EXPECT_EQ(back.observations, t.observations);
    EXPECT_EQ(back.rewards, t.rewards);
    EXPECT_EQ(back.dones, t.dones);
    EXPECT_EQ(back.executed_actions, t.executed_actions);
    EXPECT_EQ(back.outcome, t.outcome);
    EXPECT_EQ(back.attributes, t.attributes);
    EXPECT_EQ(reader->attributes(1), t.attributes);
    EXPECT_EQ(back.extras.at(0), t.extras[0]);
    EXPECT_EQ(back.extras.at(1), t.extras[1]);
    EXPECT_EQ(reader->info().extra_fields.at(1), info.extra_fields[1]);
    EXPECT_EQ(reader->info().action_range.high, info.action_range.high);
    EXPECT_EQ(reader->info().subsets, info.subsets);
    EXPECT_EQ(reader->info().attributes.at("expert"), "hand");
    EXPECT_EQ(reader->info().attributes.at("robot_type"), "toy");
  }
}

TEST(LeRobotWriter, NothingIsLeftOfWhatWasNotFinished) {
  const test::TemporaryFolder folder;
  {
    const auto writer = create_dataset(folder.file("set"), test::lerobot_info(), "lerobot_v30");
    writer->write(test::lerobot_episode(0, 3));
  }
  {
    const auto writer = create_dataset(folder.file("set"), test::lerobot_info(), "lerobot_v21");
    expect_parts(message_of<DataError>([&] { writer->finish(); }), {"set", "without trajectories"});
  }
  EXPECT_EQ(folder.files(), 0u);
  test::write_lerobot(folder.file("set"), "lerobot_v21");
  expect_parts(
      message_of<ResourceError>([&] { (void)create_dataset(folder.file("set"), test::lerobot_info(), "lerobot_v21"); }),
      {"set", "something is there already"});
}

}  // namespace
}  // namespace pianola
#endif  // PIANOLA_WITH_ARROW
