// Small LeRobot datasets for tests: made here, or by LeRobot itself (tools/oracles/lerobot_datasets.py).
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "data/temporary_folder.hpp"
#include "pianola/base/file.hpp"
#include "pianola/data/formats.hpp"

namespace pianola::test {

inline DatasetInfo lerobot_info() {
  DatasetInfo info;
  info.observation_dim = 3;
  info.action_dim = 2;
  info.observation_fields = {{"observation.state", 0, 2}, {"observation.gripper", 2, 1}};
  info.action_names = {"left", "right"};
  info.action_bits = info.observation_bits = 32;
  info.attributes = {{"fps", "10"}, {"robot_type", "toy"}};
  return info;
}

/// Episode e of `steps` steps; numbers that float32 holds exactly.
inline Trajectory lerobot_episode(std::size_t e, std::size_t steps) {
  Trajectory t;
  t.name = "episode_00000" + std::to_string(e);
  t.steps = steps;
  for (std::size_t i = 0; i < steps; ++i) {
    for (std::size_t d = 0; d < 3; ++d) {
      t.observations.push_back(static_cast<double>(e) + static_cast<double>(i) / 8 + static_cast<double>(d) / 64);
    }
    for (std::size_t d = 0; d < 2; ++d) t.actions.push_back(t.observations[i * 3 + d] / 2);
  }
  t.attributes["task"] = e % 2 == 0 ? "pick" : "place";
  return t;
}

/// Episodes of 4, 6, 5, … steps at `path`.
inline std::string write_lerobot(const std::string& path, const std::string& format, std::size_t episodes = 3) {
  const auto writer = create_dataset(path, lerobot_info(), format);
  for (std::size_t e = 0; e < episodes; ++e) writer->write(lerobot_episode(e, 4 + e * 2 % 5));
  writer->finish();
  return path;
}

/// Changes a file's JSON.
template <class Change>
void change_json(const std::string& file, Change&& change) {
  auto json = nlohmann::ordered_json::parse(read_file(file));
  change(json);
  std::ofstream(file) << json.dump();
}

/// What LeRobot itself wrote: three episodes by the formula of tools/oracles/lerobot_datasets.py.
inline void expect_golden_lerobot(TrajectoryReader& reader) {
  static constexpr std::size_t kSteps[] = {5, 3, 4};
  ASSERT_EQ(reader.size(), 3u);
  EXPECT_EQ(reader.info().attributes.at("fps"), "8");
  EXPECT_EQ(reader.info().attributes.at("robot_type"), "toy");
  EXPECT_EQ(reader.info().action_names, (std::vector<std::string>{"left", "right"}));
  EXPECT_EQ(reader.info().action_bits, 32);
  EXPECT_EQ(reader.info().subsets.at("train"), (std::vector<std::size_t>{0, 1, 2}));
  for (std::size_t e = 0; e < 3; ++e) {
    const Trajectory t = reader.read(e);
    ASSERT_EQ(t.steps, kSteps[e]);
    for (std::size_t i = 0; i < t.steps; ++i) {
      for (std::size_t d = 0; d < 3; ++d) {
        const double state = static_cast<double>(e) + static_cast<double>(i) / 8 + static_cast<double>(d) / 64;
        EXPECT_EQ(t.observations[i * 4 + d], state);
        if (d < 2) {
          EXPECT_EQ(t.actions[i * 2 + d], state / 2);
        }
      }
      EXPECT_EQ(t.observations[i * 4 + 3], static_cast<double>(i) / 4);
      EXPECT_EQ(t.rewards[i], -static_cast<double>(i));
      EXPECT_EQ(t.dones[i], e == 1 && i + 1 == t.steps ? 1.0 : 0.0);
      EXPECT_EQ(t.timestamps[i], static_cast<double>(i) / 8);
    }
    EXPECT_EQ(t.attributes.at("task"), e == 1 ? "put it down" : "pick up the cube");
    EXPECT_EQ(t.outcome, e == 1 ? Outcome::terminated : Outcome::truncated);
    EXPECT_EQ(reader.read_actions(e), t.actions);
  }
}

}  // namespace pianola::test
