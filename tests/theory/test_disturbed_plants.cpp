#include "pianola/theory/disturbed_plants.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "pianola/systems/mujoco.hpp"

namespace pianola {
namespace {

TEST(DisturbedPlants, ChecksPassAndTheLatestActionsLose) {
  ExperimentResult result;
  add_disturbed_plants(result, {});
  for (const Check& check : result.checks) EXPECT_EQ(check.passed, true) << check.name << ": " << check.measured.value;
  EXPECT_TRUE(std::ranges::any_of(result.checks, [](const Check& check) { return check.control; }));
  std::set<std::string> plants;
  for (const Row& row : result.rows) plants.insert(std::get<std::string>(row[0].second));
  EXPECT_EQ(plants.size(), mujoco_unavailable().empty() ? 4U : 3U);
  EXPECT_EQ(result.summaries.size(), plants.size()) << "a table a plant";
  for (const Summary& summary : result.summaries) {
    ASSERT_EQ(summary.rows.size(), 9U);
    for (const Row& row : summary.rows) EXPECT_EQ(row.size(), 6U) << "scheme, undisturbed, four disturbances";
  }
  EXPECT_EQ(result.rows.size(), plants.size() * 4 * 9) << "disturbances, raw expert and schemes";
}

}  // namespace
}  // namespace pianola
