#include <gtest/gtest.h>

#include "pianola/base/error.hpp"
#include "pianola/theory/experiment.hpp"

namespace pianola {
namespace {

TEST(Theorem9, RowsAndTheDisplayedConstant) {
  ExperimentOptions options;
  options.n = {9, 25};
  const ExperimentResult result = find_experiment("9").run(options);
  EXPECT_TRUE(result.passed());
  for (const Row& row : result.rows) {
    const double tv = std::get<double>(row[2].second), lower = std::get<double>(row[3].second);
    EXPECT_DOUBLE_EQ(lower, 0.5 * (1.0 - tv));
    EXPECT_LE(tv, 0.40);
  }
  ASSERT_EQ(result.notes.size(), 2U) << "two values of n have no slope";
  EXPECT_NE(result.notes.back().find("not required"), std::string::npos);
}

TEST(Theorem9, OneDrawIsTooFew) {
  ExperimentOptions options;
  options.n = {1};
  EXPECT_THROW((void)find_experiment("9").run(options), UsageError);
}

}  // namespace
}  // namespace pianola
