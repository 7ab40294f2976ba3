#include "pianola/theory/fitted_plant.hpp"

#include <gtest/gtest.h>

#include "pianola/base/parallel.hpp"
#include "pianola/systems/registry.hpp"
#include "pianola/theory/compared_schemes.hpp"

namespace pianola {
namespace {

constexpr const char* kPlant = "linear:a='1.2,0.3,0,1.1',b='0,1',x0_std=0.2,low=-2,high=2,horizon=60,limit=10";

TEST(FittedPlant, CurvesAreRegretsAgainstTheUndisturbedRawExpert) {
  const FittedPlant plant(kPlant, {});
  const std::vector<FittedPlant::Level> levels{{}, {nullptr, {.delay = 4}}};
  const auto curves = plant.curves(levels, 0);
  ASSERT_EQ(curves.size(), 1 + plant.schemes().size());
  EXPECT_EQ(plant.rollouts(), 16U);
  EXPECT_EQ(curves[0].at(0).value, 0.0);
  EXPECT_GT(curves[0].at(1).low, 0.3) << "actions 4 steps late on a plant that grows by 1.2";
  EXPECT_EQ(curves[0].left[1], 1.0);
  for (const DisturbanceCurve& curve : curves) {
    EXPECT_EQ(curve.cost.size(), 16U);
    EXPECT_EQ(curve.levels(), 2U);
  }
}

TEST(FittedPlant, TheRawExpertsCurveIsFirstAndTheSchemesFollow) {
  const FittedPlant plant(kPlant, {});
  for (std::size_t i = 0; i < plant.schemes().size(); ++i) EXPECT_EQ(plant.curve_of(plant.schemes()[i].first), i + 1);
}

TEST(FittedPlant, AnotherPlantOfItsKindMayStandAtALevel) {
  const FittedPlant plant(kPlant, {});
  std::string turned(kPlant);
  turned.replace(turned.find("b='0,1'"), 7, "b='0,-1'");
  const auto curves = plant.curves({{make_system(turned)}, {}, {make_system(kPlant)}}, 1);
  EXPECT_EQ(curves[0].left[0], 1.0) << "every action drives it away";
  EXPECT_EQ(curves[0].at(1).value, 0.0);
  EXPECT_EQ(curves[0].at(2).value, 0.0) << "the plant itself";
  EXPECT_EQ(curves[0].undisturbed, 1U);
}

TEST(FittedPlant, SameBitsForAnyNumberOfThreads) {
  const auto costs = [](int count) {
    set_threads(count);
    std::vector<std::vector<double>> all;
    const FittedPlant plant(kPlant, {});
    for (const DisturbanceCurve& curve : plant.curves({{}, {nullptr, {.lost_token = 0.3}}}, 0))
      all.insert(all.end(), curve.cost.begin(), curve.cost.end());
    return all;
  };
  EXPECT_EQ(costs(1), costs(2));
  set_threads(0);
}

TEST(FittedPlant, TheCoarsestRatioOfLogTakesAScalarPlant) {
  EXPECT_EQ(FittedPlant(kPlant, {}).schemes().size(), compared_schemes().size() - 1) << "all others are fitted";
}

}  // namespace
}  // namespace pianola
