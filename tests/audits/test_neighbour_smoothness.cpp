#include "pianola/audits/neighbour_smoothness.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "data/memory_reader.hpp"
#include "pianola/base/parallel.hpp"

namespace pianola {
namespace {

using test::MemoryReader;

/// u = sin(x₀) + noise; x₁ is noise of another scale, x₂ never moves. Trajectories wander over [−2, 2].
MemoryReader wandering(double noise, std::size_t trajectories = 30) {
  DatasetInfo info;
  info.observation_dim = 3;
  info.action_dim = 1;
  std::vector<Trajectory> list;
  const NoiseKey key(5);
  for (std::size_t i = 0; i < trajectories; ++i) {
    Trajectory t;
    t.name = "demo_" + std::to_string(i);
    t.steps = 200;
    for (std::uint32_t h = 0; h < t.steps; ++h) {
      const double x = 2.0 * std::sin(0.07 * h + static_cast<double>(i));
      t.observations.insert(t.observations.end(), {x, 1e-3 * normal(key, i, h, 0), 4.0});
      t.actions.push_back(std::sin(x) + noise * normal(key, i, h, 1));
    }
    list.push_back(std::move(t));
  }
  return {info, std::move(list)};
}

TEST(NeighbourSmoothness, ASmoothExpertHasNoFloor) {
  MemoryReader reader = wandering(0.0);
  const auto seen = neighbour_smoothness(reader, NoiseKey(1));
  ASSERT_TRUE(seen);
  ASSERT_EQ(seen->bins.size(), 12u);
  EXPECT_LT(seen->floor.value, 0.06 * seen->typical);
  EXPECT_LT(seen->bins.front().state_distance, 0.1);
  EXPECT_GT(seen->bins.back().action_distance.low, seen->bins.front().action_distance.high)
      << "farther states, farther actions";
}

TEST(NeighbourSmoothness, TheFloorIsTheNoise) {
  MemoryReader reader = wandering(0.3);
  const auto seen = neighbour_smoothness(reader, NoiseKey(1));
  ASSERT_TRUE(seen);
  const double expected = 0.3 * 2.0 / std::sqrt(M_PI);  // E|n − n'| of two normal numbers
  EXPECT_NEAR(seen->floor.value, expected, 0.03);
  EXPECT_LT(seen->floor.low, seen->floor.value);
}

TEST(NeighbourSmoothness, ACopiedTrajectoryIsCloseToItself) {
  MemoryReader reader = wandering(0.3, 2);
  Trajectory t = reader.read(0);
  MemoryReader twins(reader.info(), {t, t});
  const auto seen = neighbour_smoothness(twins, NoiseKey(1));
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->floor.value, 0.0);
}

TEST(NeighbourSmoothness, NothingToCompare) {
  MemoryReader one = wandering(0.1, 1);
  EXPECT_FALSE(neighbour_smoothness(one, NoiseKey(1)));
  DatasetInfo blind;
  blind.action_dim = 1;
  MemoryReader unseen(blind, {});
  EXPECT_FALSE(neighbour_smoothness(unseen, NoiseKey(1)));
}

TEST(NeighbourSmoothness, SameBitsForAnyNumberOfThreads) {
  MemoryReader reader = wandering(0.1);
  const int before = threads();
  std::vector<double> values;
  for (const int count : {1, 2}) {
    set_threads(count);
    const auto seen = neighbour_smoothness(reader, NoiseKey(1), {.queries = 100, .states = 1000, .bins = 5});
    for (const NeighbourBin& bin : seen->bins) values.push_back(bin.action_distance.value);
  }
  set_threads(before);
  ASSERT_EQ(values.size(), 10u);
  for (std::size_t i = 0; i < 5; ++i) EXPECT_EQ(values[i], values[5 + i]);
}

}  // namespace
}  // namespace pianola
