#include <gtest/gtest.h>

#include "pianola/base/error.hpp"
#include "pianola/theory/experiment.hpp"
#include "theory/same_bits.hpp"

namespace pianola {
namespace {

ExperimentOptions small() {
  ExperimentOptions options;
  options.key = NoiseKey(5);
  options.n = {16, 64, 128};
  options.horizon = {16, 64, 128};
  return options;
}

TEST(Theorem3, StaysBelowTheBoundWithTheSameBitsForAnyNumberOfThreads) {
  const ExperimentResult result = test::expect_same_bits("3", small());
  for (const Check& check : result.checks) EXPECT_NE(check.passed, false) << check.name << ' ' << check.measured.value;
  ASSERT_FALSE(result.rows.empty());
  for (const Row& row : result.rows) EXPECT_LT(std::get<double>(row[6].second), 1.0);
}

TEST(Theorem3, AxesOutOfRangeAreRefused) {
  ExperimentOptions options;
  options.horizon = {4};
  EXPECT_THROW((void)find_experiment("3").run(options), UsageError);
  options.horizon = {};
  options.epsilon = {0.5};
  EXPECT_THROW((void)find_experiment("3").run(options), UsageError);
}

}  // namespace
}  // namespace pianola
