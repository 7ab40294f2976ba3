#include "pianola/data/flat_table.hpp"

#include <gtest/gtest.h>

#include "data/temporary_folder.hpp"
#include "data/toy_columns.hpp"
#include "pianola/base/error.hpp"

namespace pianola {
namespace {

using test::expect_parts;
using test::five_steps;
using test::message_of;
using test::ToyColumns;

std::unique_ptr<TrajectoryReader> read(ToyColumns columns, const ReadOptions& options = {},
                                       const std::optional<std::string>& note = std::nullopt) {
  DatasetInfo info;
  info.path = "flat";
  return read_flat(std::make_unique<ToyColumns>(std::move(columns)), info, options, note);
}

TEST(FlatTable, RolesByName) {
  EXPECT_EQ(role_of_name("obs").field, "state");
  EXPECT_EQ(role_of_name("observation.state").field, "state");
  EXPECT_EQ(role_of_name("obs/deep/x").field, "deep/x");
  EXPECT_EQ(role_of_name("next_observations").role, FieldRole::next_observation);
  EXPECT_EQ(role_of_name("acts").role, FieldRole::action);
  EXPECT_EQ(role_of_name("obstacle").role, FieldRole::extra);
  EXPECT_EQ(role_of_name("obs/").role, FieldRole::extra);
}

TEST(FlatTable, EpisodesAreCutExactly) {
  const auto reader =
      read(five_steps().add("episode_ends", {2, 5}).add("rewards", {0, 1, 2, 3, 4}).add("x", {9, 8, 7, 6, 5}));
  ASSERT_EQ(reader->size(), 2u);
  const Trajectory t = reader->read(1);
  EXPECT_EQ(t.name, "episode_1");
  EXPECT_EQ(t.observations, (std::vector<double>{4, 5, 6, 7, 8, 9}));
  EXPECT_EQ(t.actions, (std::vector<double>{12, 13, 14}));
  EXPECT_EQ(t.rewards, (std::vector<double>{2, 3, 4}));
  EXPECT_EQ(t.extras, (std::vector<std::vector<double>>{{7, 6, 5}}));
  EXPECT_EQ(t.outcome, Outcome::truncated);
}

TEST(FlatTable, StrongerNamesComeFirst) {
  const auto reader = read(five_steps().add("state", {1, 1, 1, 1, 1}).add("episode_ends", {5}));
  EXPECT_EQ(reader->info().observation_dim, 2u);
  EXPECT_EQ(reader->info().extra_fields, (std::vector<ExtraField>{{"state", 1, "float64"}}));
  expect_parts(message_of<DataError>([] {
                 (void)read(five_steps().add("action", {1, 1, 1, 1, 1}).add("episode_ends", {5}));
               }),
               {"'actions' and 'action'", "--action"});
  ToyColumns unnamed;
  unnamed.add("pose", {1, 2, 3}).add("action", {4, 5, 6}).add("episode", {0, 0, 0});
  EXPECT_EQ(read(unnamed)->info().observation_fields, (std::vector<ObservationField>{{"pose", 0, 1}}));
}

TEST(FlatTable, ColumnsOfOtherLength) {
  const auto reader = read(five_steps().add("limits", {1, 2}).add("episode_ends", {5}));
  EXPECT_EQ(reader->info().unread, std::vector<std::string>{"limits: not one row a step"});
  expect_parts(message_of<DataError>([] {
                 (void)read(five_steps().add("rewards", {1, 2}).add("episode_ends", {5}));
               }),
               {"'rewards' has 2 rows", "have 5"});
}

TEST(FlatTable, NotesOfOurWriter) {
  const std::string note =
      R"({"format_version": 1, "names": ["Monday"], "outcomes": ["diverged"], "subsets": {"train": [0]},
          "roles": {"obs": ["extra", "obs"], "x": ["observation", "arm"]}})";
  const auto reader = read(five_steps().add("x", {9, 8, 7, 6, 5}).add("episode_ends", {5}), {}, note);
  EXPECT_EQ(reader->info().observation_fields, (std::vector<ObservationField>{{"arm", 0, 1}}));
  EXPECT_EQ(reader->read(0).name, "Monday");
  EXPECT_EQ(reader->read(0).outcome, Outcome::diverged);
  EXPECT_EQ(reader->info().subsets.count("train"), 1u);
  const auto refusal = [](const std::string& text) {
    return message_of<DataError>([&] { (void)read(five_steps().add("episode_ends", {5}), {}, text); });
  };
  expect_parts(refusal("{"), {"flat", "damaged"});
  expect_parts(refusal(R"({"format_version": 1, "names": ["a", "b"]})"), {"2 names", "1 episodes"});
  expect_parts(refusal(R"({"format_version": 1, "roles": {"obs": ["king", "a"]}})"), {"'obs'", "unknown role"});
  expect_parts(refusal(R"({"format_version": 1, "roles": {"obs": 3}})"), {"damaged"});
}

TEST(FlatTable, TheActionIsNamedAsItsFieldIsCalled) {
  const std::string note = R"({"format_version": 1, "roles": {"actions": ["action", "action"]}})";
  const ToyColumns columns = five_steps().add("pushed", {5, 6, 7, 8, 9}).add("episode_ends", {2, 5});
  EXPECT_EQ(read(columns, {.action = "action"}, note)->read_actions(1), (std::vector<double>{12, 13, 14}));
  EXPECT_EQ(read(columns, {.action = "pushed"}, note)->read_actions(1), (std::vector<double>{7, 8, 9}));
  expect_parts(message_of<UsageError>([&] { (void)read(columns, {.action = "actions"}, note); }),
               {"'actions'", "did you mean 'action'"});
}

}  // namespace
}  // namespace pianola
