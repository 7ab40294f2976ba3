#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "pianola/theory/experiment.hpp"

namespace pianola {
namespace {

TEST(TheoremCertificates, HoldsForOtherSeedsAndHasSlack) {
  ExperimentOptions options;
  options.key = NoiseKey(11);
  const ExperimentResult result = find_experiment("certificates").run(options);
  EXPECT_TRUE(result.passed());
  for (const Row& row : result.rows) {
    EXPECT_EQ(std::get<double>(row[2].second), 0.0) << std::get<std::string>(row[0].second);
    EXPECT_GE(std::get<double>(row[3].second), 1.0) << "less than tight would be a violation";
  }
  const auto names = [&](const char* word) {
    return std::ranges::count_if(
        result.checks, [&](const Check& check) { return check.control && check.name.find(word) != std::string::npos; });
  };
  EXPECT_EQ(names("closed-loop gains"), 1) << "an input of the closed loop is false";
  EXPECT_EQ(names("does not stabilise"), 1) << "its hypothesis is";
}

}  // namespace
}  // namespace pianola
