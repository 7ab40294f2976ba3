#include <gtest/gtest.h>

#include "pianola/base/error.hpp"
#include "pianola/theory/experiment.hpp"
#include "theory/same_bits.hpp"

namespace pianola {
namespace {

TEST(Rate, NeverBelowTheNecessaryRate) {
  const ExperimentResult result = find_experiment("rate").run({});
  EXPECT_TRUE(result.passed());
  for (const Row& row : result.rows) {
    EXPECT_GE(std::get<double>(row[3].second), std::get<double>(row[4].second) - 1e-9);
    EXPECT_EQ(std::get<double>(row[5].second), 0.0);
  }
}

TEST(Rate, SameBitsForAnyNumberOfThreads) { test::expect_same_bits("rate", {}); }

TEST(Rate, ShortHorizonsAreRefused) {
  ExperimentOptions options;
  options.horizon = {8};
  EXPECT_THROW((void)find_experiment("rate").run(options), UsageError);
}

}  // namespace
}  // namespace pianola
