#ifdef PIANOLA_WITH_HDF5
#include "pianola/data/minari.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "data/golden_episodes.hpp"
#include "data/raw_hdf5.hpp"
#include "data/temporary_folder.hpp"
#include "pianola/base/error.hpp"
#include "pianola/base/file.hpp"

namespace pianola {
namespace {

using test::expect_golden;
using test::expect_parts;
using test::golden;
using test::message_of;

TEST(Minari, ADatasetOfMinarisOwn) {
  for (const char* path : {"minari/box-v0", "minari/box-v0/data", "minari/box-v0/data/main_data.hdf5"}) {
    const auto reader = open_dataset(golden(path));
    EXPECT_EQ(reader->info().format, "minari");
    expect_golden(*reader);
    EXPECT_EQ(reader->info().action_bits, 32);
    EXPECT_EQ(reader->info().observation_bits, 64);
    EXPECT_EQ(reader->info().action_range, (ActionRange{{-8, -8}, {8, 8}}));
    EXPECT_EQ(reader->info().attributes.at("algorithm_name"), "formula");
    EXPECT_EQ(reader->info().extra_fields,
              (std::vector<ExtraField>{{"infos/arm/x", 1, "float64"}, {"infos/stage", 1, "int64"}}));
    EXPECT_EQ(reader->info().unread, std::vector<std::string>{"infos/stage: the row of the final observation"});
    const Trajectory t = reader->read(1);
    EXPECT_EQ(t.extras[1], (std::vector<double>{0, 1, 2, 3, 4, 5}));
    EXPECT_EQ(t.attributes.at("seed"), "8");
    EXPECT_EQ(reader->attributes(1), t.attributes);
    EXPECT_EQ(t.name, "episode_1");
  }
}

TEST(Minari, NestedSpaces) {
  const auto reader = open_dataset(golden("minari/nested-v0"));
  EXPECT_EQ(reader->info().observation_fields,
            (std::vector<ObservationField>{{"pose/_index_0", 0, 2}, {"pose/_index_1", 2, 1}}));
  EXPECT_EQ(reader->info().action_names, (std::vector<std::string>{"force[0]", "force[1]", "mode"}));
  EXPECT_EQ(reader->info().action_kinds.back(), ActionKind::categorical);
  EXPECT_EQ(reader->info().unread.front(), "observations/word: no numbers");
  const Trajectory t = reader->read(2);
  EXPECT_EQ(t.observations, test::golden_rows(2, 0, 0, 3));
  EXPECT_EQ(t.next_observations, test::golden_rows(2, 1, 0, 3));
  const auto one = open_dataset(golden("minari/nested-v0"), {.observation = {"pose/_index_1"}, .action = "mode"});
  EXPECT_EQ(one->info().observation_dim, 1u);
  EXPECT_EQ(one->read(0).actions, (std::vector<double>{0, 1, 2, 0}));
  EXPECT_EQ(one->info().action_kinds, std::vector{ActionKind::categorical});
}

class MinariFiles : public ::testing::Test {
 protected:
  test::TemporaryFolder folder_;
  const std::string path_ = folder_.file("ours-v0");
};

TEST_F(MinariFiles, WhatIsWrittenComesBack) {
  const auto plain = create_dataset(path_, test::golden_info(), "minari");
  test::write_golden(*plain);
  EXPECT_TRUE(plain->lost().empty());
  expect_golden(*open_dataset(path_));
  const auto rich = create_dataset(folder_.file("rich"), test::rich_info(), "minari");
  test::write_rich(*rich);
  ASSERT_EQ(rich->lost().size(), 2u) << "one diverged; object stood before arm";
  const auto reader = open_dataset(folder_.file("rich"));
  EXPECT_EQ(reader->info().subsets, test::rich_info().subsets);
  EXPECT_EQ(reader->info().action_kinds, test::rich_info().action_kinds);
  EXPECT_EQ(reader->read(1).outcome, Outcome::diverged);
  EXPECT_EQ(reader->read(1).timestamps, test::rich_trajectory(1).timestamps);
  EXPECT_EQ(reader->read(1).name, "session 1");
}

TEST_F(MinariFiles, WhatIsMadeUpIsToldAndUndone) {
  Trajectory t = test::golden_trajectory(0);
  t.next_observations.clear();
  t.rewards.clear();
  t.dones.clear();
  const auto writer = create_dataset(path_, test::golden_info(), "minari");
  writer->write(t);
  writer->finish();
  ASSERT_EQ(writer->lost().size(), 2u);
  expect_parts(writer->lost()[0], {"final observations"});
  const Trajectory back = open_dataset(path_)->read(0);
  EXPECT_TRUE(back.next_observations.empty() && back.rewards.empty() && back.dones.empty());
  EXPECT_EQ(back.observations, t.observations);
  EXPECT_EQ(back.outcome, Outcome::terminated);
  expect_parts(message_of<ResourceError>([&] { (void)create_dataset(path_, test::golden_info(), "minari"); }),
               {"ours-v0", "already"});
}

// Found by the fuzzer: nothing said how many steps there are.
TEST_F(MinariFiles, AnEmptyGroupOfActionsIsNone) {
  std::filesystem::copy(golden("minari/box-v0"), path_, std::filesystem::copy_options::recursive);
  const hid_t file = H5Fopen((path_ + "/data/main_data.hdf5").c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
  ASSERT_GE(H5Ldelete(file, "/episode_0/actions", H5P_DEFAULT), 0);
  H5Gclose(H5Gcreate2(file, "/episode_0/actions", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
  H5Fclose(file);
  expect_parts(message_of<DataError>([&] { (void)open_dataset(path_); }), {"actions", "empty", "episode_0"});
}

/// The sum cannot be taken, so that the episode's own error is the one to hear; the others are read.
TEST_F(MinariFiles, AnEpisodeThatCannotBeReadIsNoMatterOfTheTotal) {
  std::filesystem::copy(golden("minari/box-v0"), path_, std::filesystem::copy_options::recursive);
  const hid_t file = H5Fopen((path_ + "/data/main_data.hdf5").c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
  ASSERT_GE(H5Ldelete(file, "/episode_1/actions", H5P_DEFAULT), 0);
  H5Fclose(file);
  const auto reader = open_dataset(path_);
  EXPECT_EQ(reader->read(0).steps, test::kGoldenSteps[0]);
  expect_parts(message_of<DataError>([&] { (void)reader->read(1); }), {"/episode_1/actions"});
}

TEST_F(MinariFiles, EpisodesThatDoNotAddUp) {
  const auto write = [&](hsize_t observations, hsize_t rewards, long long total) {
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
    test::RawHdf5 raw(path_ + "/main_data.hdf5");
    for (const std::string episode : {"/episode_0", "/episode_1"}) {
      const bool bad = episode.back() == '1';
      raw.doubles(episode + "/observations", {bad ? observations : 4, 2}, test::halves(2 * 8));
      raw.doubles(episode + "/actions", {3, 1}, test::halves(3));
      raw.doubles(episode + "/rewards", {bad ? rewards : 3}, test::halves(8));
      for (const char* flag : {"/terminations", "/truncations"})
        raw.doubles(episode + flag, {3}, {0, 0, 1}, H5T_STD_U8LE);
      raw.integer(episode, "total_steps", bad ? total : 3);
    }
  };
  const auto refusal = [&] { return message_of<DataError>([&] { (void)read_all(*open_dataset(path_)); }); };
  write(4, 3, 3);
  EXPECT_EQ(read_all(*open_dataset(path_)).steps(), 6u);
  write(3, 3, 3);
  expect_parts(refusal(), {"/episode_1/observations", "[3, 2]", "4 rows", "a final one"});
  write(4, 2, 3);
  expect_parts(refusal(), {"/episode_1/rewards", "[2]"});
  write(4, 3, 5);
  expect_parts(refusal(), {"/episode_1", "total_steps is 5"});
  write(4, 3, 3);
  write_file(path_ + "/metadata.json", R"({"total_episodes": 3})");
  expect_parts(refusal(), {"total_episodes is 3", "holds 2"});
  write_file(path_ + "/metadata.json", R"({"total_episodes": "many"})");
  expect_parts(refusal(), {"metadata.json is damaged"});
  write_file(path_ + "/metadata.json", R"({"total_episodes": 2, "total_steps": 6})");
  EXPECT_EQ(read_all(*open_dataset(path_)).steps(), 6u);
  write_file(path_ + "/metadata.json", R"({"total_episodes": 2, "total_steps": 7})");
  expect_parts(refusal(), {"metadata.json: total_steps is 7", "main_data.hdf5", "have 6 steps"});
  write_file(path_ + "/metadata.json", R"({"total_steps": "many"})");
  expect_parts(refusal(), {"metadata.json is damaged"});
  write_file(path_ + "/metadata.json", R"({"data_format": "arrow"})");
  expect_parts(refusal(), {"arrow"});
  write_file(path_ + "/metadata.json", "{");
  expect_parts(refusal(), {"metadata.json"});
}

}  // namespace
}  // namespace pianola
#endif  // PIANOLA_WITH_HDF5
