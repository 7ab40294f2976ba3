#include "pianola/data/attribute_subset.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "data/memory_reader.hpp"
#include "data/temporary_folder.hpp"
#include "pianola/base/error.hpp"
#include "pianola/data/formats.hpp"
#ifdef PIANOLA_WITH_HDF5
#include "data/raw_hdf5.hpp"
#endif

namespace pianola {
namespace {

using test::expect_parts;
using test::message_of;

TEST(AttributeOfSubset, TextIsTakenApart) {
  EXPECT_FALSE(attribute_value("train"));
  EXPECT_FALSE(attribute_value("=so100"));
  EXPECT_EQ(attribute_value("robot=a=b")->attribute, "robot");
  EXPECT_EQ(attribute_value("robot=a=b")->value, "a=b");
}

TEST(TrajectoriesWith, ATrajectoryWithoutTheAttributeHasNoValueToAskFor) {
  Trajectory with, without;
  with.steps = without.steps = 1;
  with.actions = without.actions = {0.0};
  with.attributes["robot"] = "so100";
  DatasetInfo info;
  info.action_dim = 1;
  test::MemoryReader reader(info, {without, with});
  EXPECT_EQ(trajectories_with(reader, {"robot", "so100"}), (std::vector<std::size_t>{1}));
  expect_parts(message_of<UsageError>([&] {
                 (void)trajectories_with(reader, {"robot", ""});
               }),
               {"attribute robot", "so100"});
}

TEST(TrajectoriesWith, OfVeryManyValuesTheFirstAreListed) {
  DatasetInfo info;
  info.action_dim = 1;
  std::vector<Trajectory> list(1000);
  for (std::size_t i = 0; i < list.size(); ++i) {
    list[i].steps = 1;
    list[i].actions = {0.0};
    list[i].attributes["seed"] = std::to_string(i);
  }
  test::MemoryReader reader(info, list);
  const auto message = message_of<UsageError>([&] { (void)trajectories_with(reader, {"seed", "9999"}); });
  expect_parts(message, {"seed = '9999'", "did you mean '999'?", "known: 0, 1, 10, 100", "(1000 in all)"});
  EXPECT_LT(message.size(), 200u);
}

Trajectory of_robot(const std::string& name, const std::string& robot) {
  Trajectory t;
  t.name = name;
  t.steps = 1;
  t.actions = {0.0};
  if (!robot.empty()) t.attributes["robot"] = robot;
  return t;
}

TEST(PartsBy, EveryTrajectoryBelongsToOne) {
  DatasetInfo info;
  info.action_dim = 1;
  test::MemoryReader reader(info, {of_robot("x", "so100"), of_robot("y", "g1"), of_robot("z", "so100")});
  const auto parts = parts_by(reader, "robot");
  ASSERT_EQ(parts.size(), 2u);
  EXPECT_EQ(parts[0].value, "g1");
  EXPECT_EQ(parts[0].trajectories, (std::vector<std::size_t>{1}));
  EXPECT_EQ(parts[1].value, "so100");
  EXPECT_EQ(parts[1].trajectories, (std::vector<std::size_t>{0, 2}));
  expect_parts(message_of<UsageError>([&] { (void)parts_by(reader, "robt"); }), {"robt", "did you mean 'robot'?"});
}

TEST(PartsBy, ATrajectoryWithoutTheAttributeIsNamedUnlessTheDatasetHasIt) {
  DatasetInfo info;
  info.action_dim = 1;
  info.path = "mixed.hdf5";
  test::MemoryReader lacking(info, {of_robot("x", "so100"), of_robot("y", ""), of_robot("z", "")});
  expect_parts(message_of<DataError>([&] { (void)parts_by(lacking, "robot"); }),
               {"mixed.hdf5", "trajectory 'y'", "robot", "2 of 3"});
  info.attributes["robot"] = "g1";
  test::MemoryReader reader(info, {of_robot("x", "so100"), of_robot("y", ""), of_robot("z", "")});
  const auto parts = parts_by(reader, "robot");
  ASSERT_EQ(parts.size(), 2u);
  EXPECT_EQ(parts[0].trajectories, (std::vector<std::size_t>{1, 2}));
}

#ifdef PIANOLA_WITH_HDF5
class AttributeSubset : public ::testing::Test {
 protected:
  /// Trajectories 0 … 3 of one step whose action is their number; the first two were driven by so100.
  AttributeSubset() {
    DatasetInfo info;
    info.observation_dim = info.action_dim = 1;
    info.attributes = {{"operator", "ada"}};
    info.subsets = {{"robot=listed", {3}}};
    const auto writer = create_dataset(path_, info);
    for (std::size_t i = 0; i < 4; ++i) {
      Trajectory t;
      t.steps = 1;
      t.observations = {0.0};
      t.actions = {static_cast<double>(i)};
      t.attributes["robot"] = i < 2 ? "so100" : "g1";
      if (i == 3) t.attributes["operator"] = "grace";
      writer->write(t);
    }
    writer->finish();
  }
  [[nodiscard]] std::vector<double> actions_of(const ReadOptions& options) const {
    const auto reader = open_dataset(path_, options);
    std::vector<double> out;
    for (std::size_t i = 0; i < reader->size(); ++i) out.push_back(reader->read_actions(i).front());
    return out;
  }
  test::TemporaryFolder folder_;
  const std::string path_ = folder_.file("a.hdf5");
};

TEST_F(AttributeSubset, TrajectoriesOfOneRobot) {
  EXPECT_EQ(actions_of({.subset = "robot=so100"}), (std::vector<double>{0, 1}));
  EXPECT_EQ(actions_of({.subset = "robot=g1"}), (std::vector<double>{2, 3}));
  for (const bool actions_only : {false, true}) {
    EXPECT_EQ(actions_of({.subset = "robot=g1", .actions_only = actions_only, .learning_only = !actions_only}),
              (std::vector<double>{2, 3}));
  }
}

TEST(AttributeSubsetOfAFile, NumbersOfOtherTrajectoriesAreNotLookedAt) {
  const test::TemporaryFolder folder;
  {
    test::RawHdf5 raw(folder.file("raw.hdf5"));
    test::plain_trajectory(raw, "/data/demo_0", 3);
    test::plain_trajectory(raw, "/data/demo_1", 3, std::nan(""));
    raw.text("/data/demo_0", "robot", "so100");
    raw.text("/data/demo_1", "robot", "g1");
  }
  EXPECT_EQ(open_dataset(folder.file("raw.hdf5"), {.subset = "robot=so100"})->read(0).name, "demo_0");
}

TEST_F(AttributeSubset, TheDatasetsOwnAttributeCountsWhereATrajectoryHasNone) {
  EXPECT_EQ(actions_of({.subset = "operator=ada"}), (std::vector<double>{0, 1, 2}));
  EXPECT_EQ(actions_of({.subset = "operator=grace"}), (std::vector<double>{3}));
}

TEST_F(AttributeSubset, AListOfTheFileOfThisNameComesFirst) {
  EXPECT_EQ(actions_of({.subset = "robot=listed"}), (std::vector<double>{3}));
}

TEST_F(AttributeSubset, WhatThereIsNotNamesWhatThereIs) {
  expect_parts(message_of<UsageError>([&] { (void)actions_of({.subset = "robt=so100"}); }),
               {"a.hdf5", "robt", "robot"});
  expect_parts(message_of<UsageError>([&] { (void)actions_of({.subset = "robot=so10"}); }),
               {"attribute robot", "so10", "so100"});
}
#endif

}  // namespace
}  // namespace pianola
