#include <gtest/gtest.h>

#include "pianola/base/error.hpp"
#include "pianola/theory/experiment.hpp"

namespace pianola {
namespace {

double number(const Row& row, const std::string& name) {
  for (const auto& [key, value] : row) {
    if (key == name) return std::get<double>(value);
  }
  ADD_FAILURE() << name;
  return 0.0;
}

// docs/theory.md §10 with its 32,768 midpoints.
TEST(Theorem6, ReferenceTable) {
  ExperimentOptions options;
  options.initial_points = 32'768;
  options.epsilon = {0x1p-5, 0x1p-6, 0x1p-7};
  const ExperimentResult result = find_experiment("6").run(options);
  const double expected[3][4] = {
      {769, 0.604437, 0.110813, 0.176672}, {1107, 0.673435, 0.055558, 0.088524}, {1507, 0.708179, 0.027921, 0.044382}};
  ASSERT_EQ(result.rows.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(number(result.rows[i], "horizon"), expected[i][0]);
    EXPECT_NEAR(number(result.rows[i], "feedback_regret_per_step"), expected[i][1], 1e-5);
    EXPECT_NEAR(number(result.rows[i], "augmented_regret_per_step"), expected[i][2], 1e-5);
    EXPECT_NEAR(number(result.rows[i], "in_distribution_error"), expected[i][3], 1e-5);
  }
}

TEST(Theorem6, AShortHorizonIsNamedNotCorrected) {
  ExperimentOptions options;
  options.initial_points = 512;
  options.horizon = {20};
  options.epsilon = {0.01};
  const ExperimentResult result = find_experiment("6").run(options);
  EXPECT_FALSE(result.checks.front().passed.has_value());
  EXPECT_NE(result.notes.front().find("not ω(|log ε|)"), std::string::npos);
}

TEST(Theorem6, BadAxes) {
  ExperimentOptions options;
  options.epsilon = {0.03, 0.02, 0.01};
  options.horizon = {10, 20};
  EXPECT_THROW((void)find_experiment("6").run(options), UsageError);
}

TEST(Theorem6, TooFewInitialPointsLeaveTheControlOpen) {
  ExperimentOptions options;
  options.initial_points = 512;
  options.epsilon = {0x1p-11};
  const ExperimentResult result = find_experiment("6").run(options);
  for (const Check& check : result.checks) {
    EXPECT_NE(check.passed, false) << check.name;
    const bool unstable = check.name.find("B = 0.9") != std::string::npos;
    EXPECT_TRUE(!unstable || !check.passed.has_value()) << check.name;
  }
}

}  // namespace
}  // namespace pianola
