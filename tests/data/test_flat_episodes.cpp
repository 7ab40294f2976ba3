#include "pianola/data/flat_episodes.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "data/temporary_folder.hpp"
#include "data/toy_columns.hpp"
#include "pianola/base/error.hpp"

namespace pianola {
namespace {

using test::expect_parts;
using test::message_of;
using test::ToyColumns;
using Numbers = std::vector<std::size_t>;

FlatEpisodes find(ToyColumns columns, const ReadOptions& options = {}, const DatasetInfo& info = {}) {
  std::vector<NamedRole> named;
  for (const StoredField& field : columns.fields()) named.push_back(role_of_name(field.name));
  return find_flat_episodes(columns, named, 5, info, options);
}

FlatEpisodes find(const std::string& name, std::vector<double> values, const ReadOptions& options = {}) {
  return find(test::five_steps().add(name, std::move(values)), options);
}

std::string refusal(const std::string& name, std::vector<double> values, const ReadOptions& options = {}) {
  return message_of<DataError>([&] { (void)find(name, values, options); });
}

TEST(FlatEpisodes, EveryMark) {
  EXPECT_EQ(find("episode_ends", {2, 5}).ends, (Numbers{2, 5}));
  EXPECT_EQ(find("episode", {7, 7, 3, 3, 4}).ends, (Numbers{2, 4, 5}));
  EXPECT_EQ(find("episode_starts", {1, 0, 0, 1, 0}).ends, (Numbers{3, 5}));
  EXPECT_EQ(find("timeouts", {0, 1, 0, 0, 0}).ends, (Numbers{2, 5}));
  const ToyColumns both = test::five_steps().add("timeouts", {0, 1, 0, 0, 0}).add("terminals", {0, 1, 0, 0, 1});
  EXPECT_EQ(find(both).ends, (Numbers{2, 5}));
}

TEST(FlatEpisodes, AStepLimitStandsInForTimeouts) {
  const FlatEpisodes episodes = find("terminals", {1, 0, 0, 0, 0}, {.step_limit = 2});
  EXPECT_EQ(episodes.ends, (Numbers{1, 3, 5}));
  EXPECT_EQ(episodes.outcomes, (std::vector{Outcome::terminated, Outcome::truncated, Outcome::truncated}));
  EXPECT_EQ(find("terminals", {1, 0, 0, 0, 0}, {.step_limit = 3}).outcomes.back(), Outcome::running) << "cut";
  DatasetInfo info;
  info.attributes["max_episode_steps"] = "3";
  EXPECT_EQ(find(test::five_steps().add("terminals", {0, 0, 0, 0, 0}), {}, info).ends, (Numbers{3, 5}));
  info.attributes["max_episode_steps"] = "many";
  EXPECT_THROW((void)find(test::five_steps().add("terminals", {0, 0, 0, 0, 0}), {}, info), DataError);
  EXPECT_THROW((void)find("timeouts", {0, 0, 0, 0, 1}, {.step_limit = 2}), UsageError);
}

TEST(FlatEpisodes, NothingIsGuessed) {
  expect_parts(refusal("terminals", {1, 0, 0, 0, 0}), {"'terminals' but no timeouts", "--step-limit"});
  expect_parts(refusal("other", {1, 0, 0, 0, 0}), {"nothing says where episodes end"});
}

TEST(FlatEpisodes, MarksThatDoNotAddUp) {
  for (const std::vector<double>& ends : {std::vector<double>{},
                                          {2},
                                          {2, 2, 5},
                                          {3, 2, 5},
                                          {0, 5},
                                          {2, 6},
                                          {2.5, 5},
                                          {-1, 5},
                                          {std::nan(""), 5},
                                          {9e15}}) {
    expect_parts(refusal("episode_ends", ends), {"'episode_ends'", "cut or edited"});
  }
  expect_parts(refusal("episode", {1, 1, 2, 1, 1}), {"'episode', row 3", "goes on"});
  expect_parts(refusal("episode", {1, 1, std::nan(""), 2, 2}), {"'episode', row 2", "it is nan"});
  expect_parts(refusal("episode", {1, 1, 1e16, 2, 2}), {"'episode', row 2", "2^53", "1e+16"});
  expect_parts(refusal("episode", {1, 1, 2}), {"'episode' has 3 rows", "5 steps"});
  expect_parts(refusal("episode_starts", {0, 0, 0, 1, 0}), {"begin with 1"});
  expect_parts(refusal("episode_starts", {1, 0, 2, 1, 0}), {"row 2", "it is 2"});
  expect_parts(refusal("timeouts", {0, 0.5, 0, 0, 0}), {"'timeouts', row 1"});
}

}  // namespace
}  // namespace pianola
