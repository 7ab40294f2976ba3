#include <gtest/gtest.h>

#include <algorithm>

#include "pianola/base/error.hpp"
#include "pianola/theory/experiment.hpp"

namespace pianola {
namespace {

TEST(Theorem5, EveryRowObeysDataProcessing) {
  const ExperimentResult result = find_experiment("5").run({});
  for (const Row& row : result.rows) {
    const double tv = std::get<double>(row[3].second), relaxed = std::get<double>(row[4].second);
    EXPECT_LE(tv, std::get<double>(row[5].second) * (1.0 + 1e-9)) << std::get<std::string>(row[0].second);
    EXPECT_LE(relaxed, tv + 1e-12) << "a tolerance can only help";
  }
}

TEST(Theorem5, HoldsForOtherWidthsOfBins) {
  for (const double epsilon : {0.03125, 0.07}) {
    ExperimentOptions options;
    options.epsilon = {epsilon};
    EXPECT_TRUE(find_experiment("5").run(options).passed()) << epsilon;
  }
  ExperimentOptions bad;
  bad.epsilon = {0.5};
  EXPECT_THROW((void)find_experiment("5").run(bad), UsageError);
}

}  // namespace
}  // namespace pianola
