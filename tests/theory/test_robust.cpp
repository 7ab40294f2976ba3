#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "pianola/theory/experiment.hpp"
#include "theory/same_bits.hpp"
#include "theory/scheme_colours.hpp"

namespace pianola {
namespace {

TEST(Robust, ChecksPassAndTheControlFailsWithTheSameBitsForAnyNumberOfThreads) {
  const ExperimentResult result = test::expect_same_bits("robust", {});
  for (const Check& check : result.checks) EXPECT_EQ(check.passed, true) << check.name << ": " << check.measured.value;
  test::expect_one_colour_a_scheme(result);
  const auto on_lines =
      std::ranges::count_if(result.rows, [](const Row& row) { return std::isfinite(std::get<double>(row[1].second)); });
  EXPECT_EQ(on_lines, 5 * (11 + 12)) << "raw expert, schemes, two of them tuned";
  EXPECT_GE(result.summaries.size(), 2U + 3U) << "a table for each of two lines and each plant";
  for (const Row& row : result.rows) {
    const double undisturbed = std::get<double>(row[4].second), area = std::get<double>(row[6].second),
                 rise = std::get<double>(row[9].second);
    EXPECT_TRUE(area >= -0.01 && area <= 1.0);
    EXPECT_NEAR(rise, area - undisturbed, 1e-12);
    const auto cell = [&](const char* name) {
      return std::get<double>(std::ranges::find(row, name, &std::pair<std::string, Cell>::first)->second);
    };
    EXPECT_EQ(std::isnan(cell("above_reference")), cell("left_undisturbed") >= 0.25) << "lost as it is";
    if (std::get<std::string>(row[3].second) == "uniform ends") {
      EXPECT_EQ(cell("above_reference"), 0.0);
    }
    if (std::get<std::string>(row[2].second) == "wrong tokens" &&
        std::get<std::string>(row[3].second) == "raw expert") {
      EXPECT_EQ(rise, 0.0) << "it plays no tokens";
    }
  }
}

}  // namespace
}  // namespace pianola
