#include "pianola/data/csv.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <limits>

#include "data/golden_episodes.hpp"
#include "data/temporary_folder.hpp"
#include "pianola/base/error.hpp"
#include "pianola/base/random.hpp"

namespace pianola {
namespace {

using test::expect_parts;
using test::message_of;

class Csv : public ::testing::Test {
 protected:
  std::unique_ptr<TrajectoryReader> read(const std::string& text, const ReadOptions& options = {}) {
    std::ofstream(path_) << text;
    return open_dataset(path_, options);
  }
  test::TemporaryFolder folder_;
  const std::string path_ = folder_.file("a.csv");
};

TEST_F(Csv, ColumnsAreNamedByPrefix) {
  const auto reader = read(
      "episode,obs_0,obs_1,action_elbow,action_wrist,reward,task,stage\n"
      "0,1,2,3,4,5,push,1\n0,6,7,8,9,10,push,2\n7,1.5,-2e-3,+3,4,5,pull,3\n");
  EXPECT_EQ(reader->info().format, "csv");
  EXPECT_EQ(reader->info().observation_fields, (std::vector<ObservationField>{{"state", 0, 2}}));
  EXPECT_EQ(reader->info().action_names, (std::vector<std::string>{"elbow", "wrist"}));
  EXPECT_EQ(reader->info().unread, std::vector<std::string>{"task: no numbers"});
  EXPECT_EQ(reader->info().extra_fields, (std::vector<ExtraField>{{"stage", 1, "float64"}}));
  ASSERT_EQ(reader->size(), 2u);
  EXPECT_EQ(reader->read(0).actions, (std::vector<double>{3, 4, 8, 9}));
  EXPECT_EQ(reader->read(1).observations, (std::vector<double>{1.5, -2e-3}));
}

TEST_F(Csv, TypesThatTextDoesNotHaveAreTold) {
  DatasetInfo info;
  info.observation_dim = info.action_dim = 1;
  info.action_bits = 32;
  Trajectory t;
  t.name = "episode_0";
  t.steps = 2;
  t.observations = {1, 2};
  t.actions = {0.5, 1.5};
  t.dones = {0, 1};
  const auto writer = create_dataset(path_, info);
  writer->write(t);
  writer->finish();
  ASSERT_EQ(writer->lost().size(), 1u);
  test::expect_parts(writer->lost().front(), {"float32 of action", "float64"});
  EXPECT_EQ(open_dataset(path_)->info().action_bits, 64);
}

TEST_F(Csv, WhatIsWrittenComesBackToTheBit) {
  const auto writer = create_dataset(path_, test::rich_info());
  Trajectory t = test::rich_trajectory(0);
  const NoiseKey key(3);
  for (std::size_t i = 0; i < t.observations.size(); ++i)
    t.observations[i] = std::ldexp(normal(key, i, 0, 0), static_cast<int>(i % 2000) - 1000);
  t.observations[0] = -0.0;
  t.observations[1] = std::numeric_limits<double>::denorm_min();
  t.observations[2] = std::numeric_limits<double>::max();
  t.next_observations = t.observations;
  writer->write(t);
  writer->write(test::rich_trajectory(2));
  writer->finish();
  EXPECT_EQ(writer->lost().size(), 7u) << "attributes, subsets, range, kinds, names; types float32 and int64";
  const auto reader = open_dataset(path_);
  EXPECT_EQ(reader->info().observation_fields, test::rich_info().observation_fields);
  EXPECT_EQ(reader->info().action_names, test::rich_info().action_names);
  const Trajectory back = reader->read(0);
  EXPECT_EQ(back.observations, t.observations);
  EXPECT_TRUE(std::signbit(back.observations[0]));
  EXPECT_EQ(back.actions, t.actions);
  EXPECT_EQ(back.timestamps, t.timestamps);
  EXPECT_EQ(back.extras, t.extras);
  EXPECT_EQ(back.outcome, Outcome::terminated);
  EXPECT_EQ(reader->read(1).next_observations, test::rich_trajectory(2).next_observations);
}

TEST_F(Csv, WhatIsNoTableOfDemonstrations) {
  const auto refusal = [&](const std::string& text) {
    return message_of<DataError>([&] { (void)read_all(*read(text)); });
  };
  expect_parts(refusal("just a line\n"), {"csv: its first line is no header"});
  expect_parts(refusal("episode,obs_0\n0,1\n"), {"csv: its header names no action"});
  expect_parts(refusal("obs_0,action_0\n1,2\n"), {"csv: its header has no column 'episode'"});
  expect_parts(refusal("episode,obs_0,action_0\n"), {"no rows"});
  expect_parts(refusal("episode,obs_0,action_0\n0,1,fast\n"), {"to be the action", "not read: action_0: no numbers"});
  expect_parts(refusal("episode,obs_0,action_1,action_0\n0,1,2,3\n"), {"'action_1' follows 0 others"});
  expect_parts(refusal("episode,obs_0,action_0,action_0\n0,1,2,3\n"), {"'action_0' follows 1 others"});
  expect_parts(refusal("episode,obs_0,action_0\n0,1,2\n1,1,2\n0,1,2\n"), {"'episode', row 2", "goes on"});
  expect_parts(refusal("episode,obs_0,action_0\n0,1,nan\n"), {"finite"});
}

}  // namespace
}  // namespace pianola
