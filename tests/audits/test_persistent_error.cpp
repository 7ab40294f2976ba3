#include "pianola/audits/persistent_error.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace pianola {
namespace {

std::vector<double> wanted(std::size_t steps) { return std::vector<double>(steps, 0.0); }

TEST(PersistentError, AConstantErrorPersistsAndAnAlternatingOneCancels) {
  std::vector<double> constant(2000, 0.1), alternating(2000, 0.1);
  for (std::size_t h = 0; h < alternating.size(); h += 2) alternating[h] = -0.1;
  const ExecutedErrors lasts = executed_errors(std::nullopt, 1, wanted(2000), constant);
  const ExecutedErrors cancels = executed_errors(std::nullopt, 1, wanted(2000), alternating);
  EXPECT_DOUBLE_EQ(lasts.mean, cancels.mean) << "norms do not tell them apart";
  EXPECT_NEAR(lasts.persistent, 0.1, 0.002);
  EXPECT_LT(cancels.persistent, 0.005);
  EXPECT_NEAR(lasts.largest, 0.1, 1e-15);
}

TEST(PersistentError, IsTheWeightedMeanOfTheDefinition) {
  const std::vector<double> got{0.3, -0.1, 0.2, 0.5}, zero(4, 0.0);
  double sum = 0.0;
  for (int h = 0; h < 4; ++h) {
    double y = 0.0, weight = 1.0 - kErrorMemory;
    for (int j = h; j >= 0; --j, weight *= kErrorMemory) y += weight * got[static_cast<std::size_t>(j)];
    sum += std::abs(y);
  }
  EXPECT_NEAR(executed_errors(std::nullopt, 1, zero, got).persistent, sum / 4.0, 1e-15);
}

TEST(PersistentError, WhatThePlantClipsIsNoError) {
  const std::optional<ActionRange> range = ActionRange{{-1.0}, {1.0}};
  const ExecutedErrors errors = executed_errors(range, 1, std::vector<double>{3.0, 1.5}, std::vector<double>{1.0, 0.9});
  EXPECT_DOUBLE_EQ(errors.largest, 1.0 - 0.9);
  EXPECT_NEAR(errors.mean, 0.05, 1e-15);
}

}  // namespace
}  // namespace pianola
