#include <gtest/gtest.h>

#include "pianola/theory/experiment.hpp"
#include "theory/same_bits.hpp"
#include "theory/scheme_colours.hpp"

namespace pianola {
namespace {

TEST(Learners, ChecksPassAndTheControlFailsAsItMust) {
  ExperimentOptions options;
  options.n = {2, 32};
  const ExperimentResult result = find_experiment("learners").run(options);
  for (const Check& check : result.checks) EXPECT_EQ(check.passed, true) << check.name << ": " << check.measured.value;
  test::expect_one_colour_a_scheme(result);
  EXPECT_EQ(result.rows.size(), 2U * 2U * (46U + 49U)) << "a = 0.9 has no coarsest ratio";
}

TEST(Learners, OneDemonstrationIsNotRed) {
  ExperimentOptions options;
  options.n = {1};
  for (const Check& check : find_experiment("learners").run(options).checks)
    EXPECT_NE(check.passed, false) << check.name;
}

TEST(Learners, SameBitsForAnyNumberOfThreads) {
  ExperimentOptions options;
  options.n = {4};
  test::expect_same_bits("learners", options);
}

}  // namespace
}  // namespace pianola
