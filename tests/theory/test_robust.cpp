#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "pianola/theory/experiment.hpp"
#include "theory/same_bits.hpp"

namespace pianola {
namespace {

TEST(Robust, ChecksPassAndTheControlFailsWithTheSameBitsForAnyNumberOfThreads) {
  const ExperimentResult result = test::expect_same_bits("robust", {});
  for (const Check& check : result.checks) EXPECT_EQ(check.passed, true) << check.name << ": " << check.measured.value;
  const auto on_lines =
      std::ranges::count_if(result.rows, [](const Row& row) { return std::isfinite(std::get<double>(row[1].second)); });
  EXPECT_EQ(on_lines, 5 * (11 + 12)) << "raw expert, schemes, two of them tuned";
  for (const Row& row : result.rows) {
    const double area = std::get<double>(row[6].second);
    EXPECT_TRUE(area >= -0.01 && area <= 1.0);
  }
}

}  // namespace
}  // namespace pianola
