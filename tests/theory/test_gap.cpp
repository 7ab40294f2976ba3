#include <gtest/gtest.h>

#include "pianola/base/error.hpp"
#include "pianola/theory/experiment.hpp"
#include "theory/same_bits.hpp"

namespace pianola {
namespace {

ExperimentOptions small() {
  ExperimentOptions options;
  options.n = {4, 32};
  return options;
}

TEST(Gap, EveryPointLiesBetweenWithTheSameBitsForAnyNumberOfThreads) {
  const ExperimentResult result = test::expect_same_bits("gap", small());
  EXPECT_TRUE(result.passed());
  ASSERT_EQ(result.rows.size(), 2U * 3U * 3U);
  for (const Row& row : result.rows) {
    const double lower = std::get<double>(row[4].second), regret = std::get<double>(row[5].second);
    EXPECT_GE(regret, lower * (1.0 - 1e-9));
    EXPECT_LE(regret, std::get<double>(row[6].second));
  }
}

TEST(Gap, AxesOutOfRangeAreRefused) {
  ExperimentOptions options;
  options.horizon = {1};
  EXPECT_THROW((void)find_experiment("gap").run(options), UsageError);
  options.horizon = {};
  options.epsilon = {0.15};
  EXPECT_THROW((void)find_experiment("gap").run(options), UsageError) << "its bins would be 1/6 wide";
}

}  // namespace
}  // namespace pianola
