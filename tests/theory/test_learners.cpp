#include <gtest/gtest.h>

#include "pianola/theory/experiment.hpp"
#include "theory/same_bits.hpp"

namespace pianola {
namespace {

TEST(Learners, ChecksPassAndTheControlFailsAsItMust) {
  const ExperimentResult result = find_experiment("learners").run({});
  for (const Check& check : result.checks) EXPECT_EQ(check.passed, true) << check.name << ": " << check.measured.value;
  EXPECT_EQ(result.rows.size(), 5U * 2U * ((6U * 6U + 5U) + (6U * 6U + 2U * 5U))) << "a = 0.9 has no coarsest ratio";
}

TEST(Learners, SameBitsForAnyNumberOfThreads) {
  ExperimentOptions options;
  options.n = {4, 16};
  test::expect_same_bits("learners", options);
}

}  // namespace
}  // namespace pianola
