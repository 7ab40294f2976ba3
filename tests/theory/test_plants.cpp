#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "pianola/systems/mujoco.hpp"
#include "pianola/theory/experiment.hpp"

namespace pianola {
namespace {

TEST(Plants, ChecksPassAndAlgorithmOneLosesThem) {
  const ExperimentResult result = find_experiment("plants").run({});
  for (const Check& check : result.checks) EXPECT_EQ(check.passed, true) << check.name << ": " << check.measured.value;
  EXPECT_TRUE(std::ranges::any_of(result.checks, [](const Check& check) { return check.control; }));
  std::set<std::string> plants;
  for (const Row& row : result.rows) {
    plants.insert(std::get<std::string>(row[1].second));
    const double lost = std::get<double>(row.back().second);
    EXPECT_TRUE(lost >= 0.0 && lost <= 1.0);
  }
  EXPECT_EQ(plants.size(), mujoco_unavailable().empty() ? 8U : 6U);
  EXPECT_EQ(result.notes.size(), mujoco_unavailable().empty() ? 8U : 7U) << "what is left out is said";
}

}  // namespace
}  // namespace pianola
