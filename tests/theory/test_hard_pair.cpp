#include "pianola/theory/hard_pair.hpp"

#include <gtest/gtest.h>

namespace pianola {
namespace {

TEST(HardPair, IsStableByItselfAndUnderItsExpert) {
  for (const int which : {0, 1}) {
    const HardPlant plant = hard_plant(which);
    EXPECT_LT(spectral_radius(plant.a), 0.91);
    EXPECT_LT(spectral_radius(plant.a + plant.b * plant.k), 0.51);
    EXPECT_GT(spectral_radius(plant.a + plant.b * hard_plant(1 - which).k), 1.2)
        << "under the other's expert it is not";
  }
}

TEST(HardPair, DemonstrationsDoNotTellThePlantsApart) {
  // On the line of e_1 state, action and next state are the same.
  const Eigen::Vector2d x(0.7, 0.0);
  const HardPlant one = hard_plant(0), two = hard_plant(1);
  EXPECT_EQ((one.k * x)(0), (two.k * x)(0));
  EXPECT_EQ(one.a * x + one.b * (one.k * x), two.a * x + two.b * (two.k * x));
  EXPECT_EQ((one.a * x + one.b * (one.k * x))(1), 0.0);
}

TEST(HardPair, SmoothLearnersDivergeAndOthersDoNot) {
  const LineBins bins = LineBins::edge_at_zero({}, 0x1p-10, 4.0);
  for (const int which : {0, 1}) {
    for (const std::uint64_t seed : {1U, 2U}) {
      const HardPlant plant = hard_plant(which);
      const NoiseKey key(seed);
      EXPECT_NEAR(deviate_smooth(plant, bins, 60, key).growth, 1.2, 0.02);
      EXPECT_GT(deviate_smooth(plant, bins, 120, key).largest, 1.0);
      EXPECT_LT(deviate_table(plant, bins, 120, TableLoss::log_loss, key).largest, 0.5);
      EXPECT_LT(deviate_table(plant, bins, 120, TableLoss::squared_error, key).largest, 0.5);
      EXPECT_LT(deviate_chunked(plant, bins, 120, 16, key).largest, 0.05);
      EXPECT_LT(deviate_noise_injected(plant, bins, 120, 0.5, key).largest, 0.01);
    }
  }
}

}  // namespace
}  // namespace pianola
