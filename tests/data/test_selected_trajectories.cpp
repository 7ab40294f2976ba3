#include "pianola/data/selected_trajectories.hpp"

#include <gtest/gtest.h>

#include "data/memory_reader.hpp"
#include "pianola/base/error.hpp"

namespace pianola {
namespace {

test::MemoryReader three_trajectories() {
  DatasetInfo info;
  info.action_dim = 1;
  info.subsets["train"] = {0, 2};
  std::vector<Trajectory> list(3);
  for (std::size_t i = 0; i < 3; ++i) {
    list[i].name = "demo_" + std::to_string(i);
    list[i].steps = i + 1;
    list[i].actions.assign(i + 1, static_cast<double>(i));
    list[i].attributes["seed"] = std::to_string(i);
  }
  return {info, list};
}

TEST(SelectTrajectories, ShowsTheChosenOnesInTheOrderGiven) {
  auto all = three_trajectories();
  const auto some = select_trajectories(all, {2, 0});
  ASSERT_EQ(some->size(), 2u);
  EXPECT_EQ(some->name(0), "demo_2");
  EXPECT_EQ(some->steps(0), 3u);
  EXPECT_EQ(some->read(0).actions, (std::vector<double>{2, 2, 2}));
  EXPECT_EQ(some->read_actions(1), (std::vector<double>{0}));
  EXPECT_EQ(some->attributes(0).at("seed"), "2");
  EXPECT_EQ(some->info().action_dim, 1u);
  EXPECT_TRUE(some->info().subsets.empty()) << "their numbers would be others";
}

TEST(SelectTrajectories, ANumberThatIsNotThereIsAnError) {
  auto all = three_trajectories();
  EXPECT_THROW((void)select_trajectories(all, {0, 3}), UsageError);
  EXPECT_EQ(select_trajectories(all, {})->size(), 0u);
}

}  // namespace
}  // namespace pianola
