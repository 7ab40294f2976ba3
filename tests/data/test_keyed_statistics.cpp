#include "pianola/data/keyed_statistics.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "data/memory_reader.hpp"
#include "data/temporary_folder.hpp"
#include "pianola/base/error.hpp"

namespace pianola {
namespace {

Trajectory trajectory(const std::string& robot, std::vector<double> actions) {
  Trajectory t;
  t.name = "demo";
  t.steps = actions.size() / 2;
  t.actions = std::move(actions);
  if (!robot.empty()) t.attributes["robot_type"] = robot;
  return t;
}

DatasetInfo two_dimensions() {
  DatasetInfo info;
  info.path = "mixed.hdf5";
  info.action_dim = 2;
  return info;
}

TEST(KeyedStatistics, EachPartHasItsOwn) {
  test::MemoryReader reader(two_dimensions(), {trajectory("b", {9, 5, 11, 5}), trajectory("a", {0, 5, 2, 5}),
                                               trajectory("b", {9, 5, 11, 5})});
  const KeyedStatistics seen = keyed_statistics(reader, "robot_type");
  ASSERT_EQ(seen.parts.size(), 2u);
  const KeyedPart &a = seen.parts[0], &b = seen.parts[1];
  EXPECT_EQ(a.value, "a");
  EXPECT_EQ(a.trajectories, 1u);
  EXPECT_EQ(b.trajectories, 2u);
  EXPECT_EQ(b.steps, 4u);
  EXPECT_EQ(b.mean, (std::vector<double>{10, 5}));
  EXPECT_EQ(b.min, (std::vector<double>{9, 5}));
  // All six numbers of dimension 0: mean 7, variance (49 + 25 + 2 · 4 + 2 · 16) / 6 = 19.
  EXPECT_NEAR(a.shift[0], (1.0 - 7.0) / std::sqrt(19.0), 1e-12);
  EXPECT_NEAR(a.spread[0], 1.0 / std::sqrt(19.0), 1e-12);
  EXPECT_TRUE(std::isnan(a.shift[1])) << "dimension 1 never moves";
  EXPECT_EQ(to_json(seen)["parts"][1]["mean"][0], 10.0);
}

TEST(KeyedStatistics, TheDatasetsAttributeCountsWhereATrajectoryHasNone) {
  DatasetInfo info = two_dimensions();
  info.attributes["robot_type"] = "a";
  test::MemoryReader reader(info, {trajectory("", {0, 1}), trajectory("b", {1, 2})});
  const KeyedStatistics seen = keyed_statistics(reader, "robot_type");
  ASSERT_EQ(seen.parts.size(), 2u);
  EXPECT_EQ(seen.parts[0].value, "a");
}

TEST(KeyedStatistics, WithoutTheAttributeATrajectoryIsAPartOfItsOwn) {
  test::MemoryReader reader(two_dimensions(), {trajectory("", {0, 1}), trajectory("b", {1, 2})});
  const KeyedStatistics seen = keyed_statistics(reader, "robot_type");
  EXPECT_EQ(seen.parts[0].value, "");
  EXPECT_TRUE(to_json(seen)["parts"][0]["value"].is_null());
}

TEST(KeyedStatistics, AnAttributeThatNoneHasIsAnError) {
  test::MemoryReader reader(two_dimensions(), {trajectory("b", {1, 2})});
  test::expect_parts(test::message_of<UsageError>([&] { (void)keyed_statistics(reader, "robot_tipe"); }),
                     {"mixed.hdf5", "robot_tipe", "did you mean 'robot_type'?"});
}

}  // namespace
}  // namespace pianola
