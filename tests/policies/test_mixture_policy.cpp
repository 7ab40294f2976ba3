#include "pianola/policies/mixture_policy.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace pianola {
namespace {

/// A mixture whose outputs are these whatever is seen (one observation), in action units 1 + 2·u.
MixturePolicy constant(MixtureShape shape, const std::vector<float>& outputs, std::vector<float> codes = {}) {
  MixtureWeights w;
  w.shape = shape;
  w.actions = {std::vector<float>(shape.coordinates, 1.0F), std::vector<float>(shape.coordinates, 0.5F)};
  w.codes = std::move(codes);
  const std::size_t inputs = 1 + shape.extra_inputs();
  w.trunk.normalisation = {std::vector<float>(inputs, 0.0F), std::vector<float>(inputs, 1.0F)};
  w.trunk.vocabularies = {static_cast<std::uint32_t>(outputs.size())};
  w.trunk.layers = {{inputs, outputs.size(), std::vector<float>(inputs * outputs.size()), outputs}};
  return MixturePolicy(std::move(w));
}

std::vector<double> play(const MixturePolicy& policy, const DecodeOptions& options, std::size_t lanes = 1,
                         float seen = 0.0F) {
  std::vector<std::uint64_t> ids;
  for (std::size_t i = 0; i < lanes; ++i) ids.push_back(i + 5);
  const std::vector<std::uint32_t> h(lanes);
  std::vector<double> actions(lanes * policy.weights().shape.coordinates);
  policy.session(lanes)->decide(NoiseKey(1), {ids, h, {}, {}, nullptr}, std::vector<float>(lanes, seen), options,
                                actions);
  return actions;
}

/// Components N(−1, 1.01²) with weight ¼ and N(2, 0.01 + ln 2) with weight ¾.
const std::vector<float> kTwo{0.0F, std::log(3.0F), -1.0F, 2.0F, std::log(std::exp(1.0F) - 1.0F), 0.0F};

TEST(MixturePolicy, TheMeanIsTheExpectation) {
  const MixturePolicy policy = constant({MixtureKind::mixture, 2, 1}, kTwo);
  EXPECT_NEAR(play(policy, {.mode = DecodeMode::mean})[0], 1.0 + 2.0 * (0.25 * -1.0 + 0.75 * 2.0), 1e-6);
}

TEST(MixturePolicy, TheModeIsOfTheDensestComponentNotTheHeaviest) {
  EXPECT_NEAR(play(constant({MixtureKind::mixture, 2, 1}, kTwo), {.mode = DecodeMode::argmax})[0], 5.0, 1e-6);
  const std::vector<float> narrow{0.0F, std::log(3.0F), -1.0F, 2.0F, -20.0F, 0.0F};
  EXPECT_NEAR(play(constant({MixtureKind::mixture, 2, 1}, narrow), {.mode = DecodeMode::argmax})[0], -1.0, 1e-6);
}

TEST(MixturePolicy, SamplesHaveTheLawsMoments) {
  const MixturePolicy policy = constant({MixtureKind::mixture, 2, 1}, kTwo);
  constexpr std::size_t kLanes = 20000;
  const std::vector<double> u = play(policy, {}, kLanes);
  double mean = 0.0, square = 0.0;
  for (const double x : u) mean += x / kLanes, square += x * x / kLanes;
  const double wide = 1.01, slim = 0.01 + std::log(2.0);
  const double m = 0.25 * -1.0 + 0.75 * 2.0;
  const double variance = 0.25 * (wide * wide + 1.0) + 0.75 * (slim * slim + 4.0) - m * m;
  EXPECT_NEAR(mean, 1.0 + 2.0 * m, 4.0 * 2.0 * std::sqrt(variance / kLanes));
  EXPECT_NEAR(square - mean * mean, 4.0 * variance, 0.4);  // four deviations of the estimate
}

TEST(MixturePolicy, ATemperatureSharpens) {
  const MixturePolicy policy = constant({MixtureKind::mixture, 2, 1}, kTwo);
  constexpr std::size_t kLanes = 4000;
  const std::vector<double> u = play(policy, {.mode = DecodeMode::sample, .temperature = 0.25}, kLanes);
  const double left = static_cast<double>(std::ranges::count_if(u, [](double x) { return x < 1.0; })) / kLanes;
  EXPECT_NEAR(left, 1.0 / 82.0, 0.01);  // 1 : 3⁴
}

TEST(MixturePolicy, BetPlaysCodePlusOffset) {
  const std::vector<float> outputs{0.0F, 9.0F, 0.1F, 0.2F, 0.3F, 0.4F};  // two codes of two coordinates
  const MixturePolicy policy = constant({MixtureKind::bet, 2, 2}, outputs, {1.0F, 2.0F, 3.0F, 4.0F});
  const std::vector<double> u = play(policy, {.mode = DecodeMode::argmax});
  EXPECT_NEAR(u[0], 1.0 + 2.0 * 3.3, 1e-5);
  EXPECT_NEAR(u[1], 1.0 + 2.0 * 4.4, 1e-5);
  EXPECT_FALSE(policy.info().density);
}

/// Coordinate p is asked for by its one-hot input and sees those before it: mean 10·(p + 1) + Σ of the earlier.
TEST(MixturePolicy, AutoregressiveOnesSeeTheCoordinatesBefore) {
  const MixtureShape shape{MixtureKind::armixture, 1, 3};
  MixtureWeights w;
  w.shape = shape;
  w.actions = {std::vector<float>(3, 0.0F), std::vector<float>(3, 1.0F)};
  w.trunk.normalisation = {std::vector<float>(7, 0.0F), std::vector<float>(7, 1.0F)};
  w.trunk.vocabularies = {2};
  w.trunk.layers = {{7, 2, {0, 1, 1, 1, 10, 20, 30, 0, 0, 0, 0, 0, 0, 0}, {0, 0}}};
  const std::vector<double> u = play(MixturePolicy(std::move(w)), {.mode = DecodeMode::mean}, 2);
  for (std::size_t lane = 0; lane < 2; ++lane) {
    EXPECT_NEAR(u[3 * lane], 10.0, 1e-4);
    EXPECT_NEAR(u[3 * lane + 1], 30.0, 1e-4);
    EXPECT_NEAR(u[3 * lane + 2], 70.0, 1e-4);
  }
}

TEST(MixturePolicy, ALaneDependsNeitherOnItsNeighboursNorOnTheirNumber) {
  const MixturePolicy policy = constant({MixtureKind::mixture, 2, 1}, kTwo);
  const std::vector<double> many = play(policy, {}, 64), few = play(policy, {}, 7);
  for (std::size_t i = 0; i < 7; ++i) EXPECT_EQ(many[i], few[i]);
}

TEST(MixturePolicy, OutputsThatAreNoNumbersDecideNaN) {
  MixturePolicy policy = constant({MixtureKind::mse, 1, 1}, {std::numeric_limits<float>::infinity()});
  EXPECT_TRUE(std::isnan(play(policy, {})[0]));
}

}  // namespace
}  // namespace pianola
