#include <gtest/gtest.h>

#include "pianola/base/error.hpp"
#include "pianola/theory/experiment.hpp"
#include "theory/same_bits.hpp"

namespace pianola {
namespace {

ExperimentOptions small() {
  ExperimentOptions options;
  options.key = NoiseKey(5);
  options.n = {32, 128, 512};
  options.horizon = {16, 64, 128};
  return options;
}

TEST(Theorem7, StaysBelowTheBoundWithTheSameBitsForAnyNumberOfThreads) {
  const ExperimentResult result = test::expect_same_bits("7", small());
  for (const Check& check : result.checks) EXPECT_NE(check.passed, false) << check.name << ' ' << check.measured.value;
  ASSERT_FALSE(result.rows.empty());
  for (const Row& row : result.rows) EXPECT_LT(std::get<double>(row[6].second), 1.0);
  for (const char* name : {"n", "horizon", "epsilon", "log_class_size", "log_models"}) {
    EXPECT_EQ(result.exponents.count(name), 1U) << name;
  }
}

TEST(Theorem7, AxesOutOfRangeAreRefused) {
  ExperimentOptions options;
  options.n = {4};
  EXPECT_THROW((void)find_experiment("7").run(options), UsageError);
  options.n = {};
  options.epsilon = {0.2};
  EXPECT_THROW((void)find_experiment("7").run(options), UsageError);
}

}  // namespace
}  // namespace pianola
