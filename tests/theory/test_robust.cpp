#include <gtest/gtest.h>

#include <cmath>

#include "pianola/theory/experiment.hpp"
#include "theory/same_bits.hpp"

namespace pianola {
namespace {

TEST(Robust, ChecksPassAndTheControlFailsWithTheSameBitsForAnyNumberOfThreads) {
  const ExperimentResult result = test::expect_same_bits("robust", {});
  for (const Check& check : result.checks) EXPECT_EQ(check.passed, true) << check.name << ": " << check.measured.value;
  EXPECT_EQ(result.rows.size(), 5U * (11U + 12U)) << "raw expert, schemes, two of them tuned";
  for (const Row& row : result.rows) {
    const double area = std::get<double>(row[5].second);
    EXPECT_TRUE(area >= 0.0 && area <= 1.0);
  }
}

}  // namespace
}  // namespace pianola
