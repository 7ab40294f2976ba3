#include "pianola/control/chunk_ensemble.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace pianola {
namespace {

TEST(ChunkEnsemble, WeighsTheOldestDecisionMost) {
  ChunkEnsemble ensemble(1, 3, 1, 0.5);
  std::vector<double> action(1);
  const double w[] = {1.0, std::exp(-0.5), std::exp(-1.0)};
  const std::vector<std::vector<double>> decided{{1, 2, 3}, {10, 20, 30}, {100, 200, 300}, {1000, 2000, 3000}};
  const double expected[] = {1.0, (w[0] * 2 + w[1] * 10) / (w[0] + w[1]),
                             (w[0] * 3 + w[1] * 20 + w[2] * 100) / (w[0] + w[1] + w[2]),
                             (w[0] * 30 + w[1] * 200 + w[2] * 1000) / (w[0] + w[1] + w[2])};
  for (std::size_t h = 0; h < 4; ++h) {
    ensemble.play(decided[h], action);
    EXPECT_NEAR(action[0], expected[h], 1e-12) << h;
  }
}

TEST(ChunkEnsemble, LanesAndDimensionsAreApart) {
  ChunkEnsemble ensemble(2, 2, 2, 0.0);
  std::vector<double> actions(4);
  ensemble.play(std::vector<double>{1, 2, 3, 4, 5, 6, 7, 8}, actions);
  EXPECT_EQ(actions, (std::vector<double>{1, 2, 5, 6}));
  ensemble.play(std::vector<double>{11, 12, 0, 0, 15, 16, 0, 0}, actions);
  EXPECT_EQ(actions, (std::vector<double>{7, 8, 11, 12}));
  ensemble.reset();
  ensemble.play(std::vector<double>{1, 2, 3, 4, 5, 6, 7, 8}, actions);
  EXPECT_EQ(actions, (std::vector<double>{1, 2, 5, 6})) << "nothing is left";
}

}  // namespace
}  // namespace pianola
