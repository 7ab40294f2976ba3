#ifdef PIANOLA_WITH_HDF5
#include "pianola/data/d4rl.hpp"

#include <gtest/gtest.h>

#include "data/golden_episodes.hpp"
#include "data/raw_hdf5.hpp"
#include "data/temporary_folder.hpp"
#include "pianola/base/error.hpp"

namespace pianola {
namespace {

using test::expect_parts;
using test::message_of;

TEST(D4rl, AFileOfTheLayout) {
  const auto reader = open_dataset(test::golden("d4rl.hdf5"));
  EXPECT_EQ(reader->info().format, "d4rl");
  test::expect_golden(*reader);
  EXPECT_EQ(reader->info().observation_bits, 32);
  EXPECT_EQ(reader->info().extra_fields, (std::vector<ExtraField>{{"infos/qpos", 2, "float64"}}));
  EXPECT_EQ(reader->read(2).extras[0], test::golden_rows(2, 0, 0, 2));
  EXPECT_EQ(reader->info().unread, std::vector<std::string>{"metadata/algorithm: no numbers"});
}

TEST(D4rl, WhatIsWrittenComesBack) {
  const test::TemporaryFolder folder;
  const auto plain = create_dataset(folder.file("a.hdf5"), test::golden_info(), "d4rl");
  test::write_golden(*plain);
  EXPECT_TRUE(plain->lost().empty());
  test::expect_golden(*open_dataset(folder.file("a.hdf5")));
  DatasetInfo info = test::rich_info();
  info.observation_fields.clear();
  const auto rich = create_dataset(folder.file("b.hdf5"), info, "d4rl");
  test::write_rich(*rich);
  const auto reader = open_dataset(folder.file("b.hdf5"));
  EXPECT_EQ(reader->info().observation_fields, (std::vector<ObservationField>{{"state", 0, 4}}));
  EXPECT_EQ(reader->info().subsets, info.subsets);
  EXPECT_EQ(reader->read(1).outcome, Outcome::diverged);
  EXPECT_EQ(reader->read(1).timestamps, test::rich_trajectory(1).timestamps);
}

TEST(D4rl, MissingTimeoutsAreNeverGuessed) {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("old.hdf5");
  {
    test::RawHdf5 raw(path);
    raw.doubles("/observations", {6, 2}, test::halves(12));
    raw.doubles("/actions", {6, 1}, test::halves(6));
    raw.doubles("/rewards", {6}, test::halves(6));
    raw.doubles("/terminals", {6}, {0, 1, 0, 0, 0, 0}, H5T_STD_U8LE);
  }
  expect_parts(message_of<DataError>([&] { (void)open_dataset(path); }), {"old.hdf5", "no timeouts", "--step-limit"});
  const auto reader = open_dataset(path, {.step_limit = 3});
  ASSERT_EQ(reader->size(), 3u);
  EXPECT_EQ(reader->read(0).outcome, Outcome::terminated);
  EXPECT_EQ(reader->read(1).outcome, Outcome::truncated);
  EXPECT_EQ(reader->read(2).outcome, Outcome::running);
  EXPECT_EQ(reader->read(1).actions, test::halves(3, 2.5));
}

TEST(D4rl, AFileThatFitsTwoLayoutsNeedsAName) {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("both.hdf5");
  {
    test::RawHdf5 raw(path);
    test::plain_trajectory(raw, "/data/demo_0", 4);
    raw.doubles("/observations", {2, 1}, {1, 2});
    raw.doubles("/actions", {2, 1}, {1, 2});
    raw.doubles("/timeouts", {2}, {0, 1});
  }
  expect_parts(message_of<DataError>([&] { (void)open_dataset(path); }), {"robomimic and d4rl", "--from"});
  EXPECT_EQ(open_dataset(path, {.format = "d4rl"})->info().format, "d4rl");
  EXPECT_EQ(open_dataset(path, {.format = "robomimic"})->read(0).steps, 4u);
  EXPECT_THROW((void)open_dataset(path, {.format = "d4rll"}), UsageError);
}

TEST(D4rl, ColumnsThatDoNotAddUp) {
  const test::TemporaryFolder folder;
  const auto refusal = [&](hsize_t rewards, double flag) {
    const std::string path = folder.file("bad.hdf5");
    {
      test::RawHdf5 raw(path);
      raw.doubles("/observations", {2, 1}, {1, 2});
      raw.doubles("/actions", {2, 1}, {1, 2});
      raw.doubles("/rewards", {rewards}, test::halves(rewards));
      raw.doubles("/timeouts", {2}, {0, flag});
    }
    return message_of<DataError>([&] { (void)open_dataset(path); });
  };
  expect_parts(refusal(3, 1), {"bad.hdf5", "'rewards' has 3 rows"});
  expect_parts(refusal(2, 7), {"'timeouts', row 1", "7"});
}

}  // namespace
}  // namespace pianola
#endif  // PIANOLA_WITH_HDF5
