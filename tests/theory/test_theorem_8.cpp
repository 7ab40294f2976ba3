#include <gtest/gtest.h>

#include "pianola/base/error.hpp"
#include "pianola/bounds/rates.hpp"
#include "pianola/theory/experiment.hpp"

namespace pianola {
namespace {

TEST(Theorem8, RowsHoldTheClosedForms) {
  ExperimentOptions options;
  options.n = {5};
  options.horizon = {11};
  options.epsilon = {0.125};
  const ExperimentResult result = find_experiment("8").run(options);
  ASSERT_FALSE(result.rows.empty());
  for (const Row& row : result.rows) {
    EXPECT_DOUBLE_EQ(std::get<double>(row[4].second), lower_bound_theorem_8(5, 11));
    if (std::get<std::string>(row[5].second) == "tabular") {
      EXPECT_NEAR(std::get<double>(row[6].second), lower_bound_theorem_8(5, 11), 1e-12) << "it is tight";
      EXPECT_NEAR(std::get<double>(row[9].second), lower_bound_collision(11, 0.125), 1e-9);
    }
  }
  EXPECT_TRUE(result.passed());
}

TEST(Theorem8, BinsMustDivideTheInterval) {
  ExperimentOptions options;
  options.epsilon = {0.15};
  EXPECT_THROW((void)find_experiment("8").run(options), UsageError);
  options.epsilon = {};
  options.horizon = {1};
  EXPECT_THROW((void)find_experiment("8").run(options), UsageError);
}

}  // namespace
}  // namespace pianola
