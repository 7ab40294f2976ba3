#include "pianola/theory/differing_plants.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "pianola/systems/mujoco.hpp"

namespace pianola {
namespace {

TEST(DifferingPlants, EachMismatchHasACurveForEverySchemeATableAndAPictureThatNamesItsCliffs) {
  ExperimentResult result;
  add_differing_plants(result, {});
  for (const Check& check : result.checks) EXPECT_EQ(check.passed, true) << check.name << ": " << check.measured.value;
  EXPECT_EQ(result.checks.size(), 2U);
  const bool mujoco = mujoco_unavailable().empty();
  const std::size_t mismatches = mujoco ? 5 : 2;
  EXPECT_EQ(result.rows.size(), mismatches * 9);
  ASSERT_EQ(result.pictures.size(), mismatches);
  ASSERT_EQ(result.summaries.size(), mujoco ? 2U : 1U);
  EXPECT_EQ(result.summaries[0].rows[0].size(), 2U + 2U) << "scheme, undisturbed, payload, rotor gain";
  bool cliffs = false;
  for (const Picture& picture : result.pictures) {
    EXPECT_NE(picture.caption.find("Mean height above the undisturbed cost"), std::string::npos);
    cliffs = cliffs || picture.caption.find("Cliffs: ") != std::string::npos;
  }
  EXPECT_TRUE(cliffs) << "rotors of a fifth of their gain";
  if (mujoco) {
    const auto& rows = result.summaries[1].rows;
    const auto log =
        std::ranges::find_if(rows, [](const Row& row) { return std::get<std::string>(row.front().second) == "log"; });
    ASSERT_NE(log, rows.end());
    for (std::size_t i = 2; i < log->size(); ++i)
      EXPECT_EQ(std::get<std::string>((*log)[i].second), "lost as it is")
          << "4 bits lose most poles of the known plant";
    EXPECT_NE(result.pictures.back().caption.find("Lost as it is, and not compared: log."), std::string::npos);
  }
  for (const Row& row : result.rows) {
    if (std::get<std::string>(row[3].second) != "raw expert") continue;
    EXPECT_EQ(std::get<double>(row[4].second), 0.0) << "on the plant that it knows";
  }
}

}  // namespace
}  // namespace pianola
