#include <gtest/gtest.h>

#include "pianola/theory/experiment.hpp"

namespace pianola {
namespace {

TEST(TheoremDither, TheCurveLiesUnderItsBoundAndTheHardOneDoesNot) {
  const ExperimentResult result = find_experiment("dither").run({});
  double most = 0.0;
  for (const Row& row : result.rows) {
    EXPECT_LE(std::get<double>(row[1].second), std::get<double>(row[3].second) + 1e-5);
    most = std::max(most, std::get<double>(row[2].second) - std::get<double>(row[3].second));
  }
  EXPECT_GT(most, 0.5);
}

TEST(TheoremDither, HoldsForOtherSeeds) {
  for (std::uint64_t seed = 1; seed < 6; ++seed) {
    ExperimentOptions options;
    options.key = NoiseKey(seed);
    EXPECT_TRUE(find_experiment("dither").run(options).passed()) << seed;
  }
}

}  // namespace
}  // namespace pianola
