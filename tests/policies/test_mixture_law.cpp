#include "pianola/policies/mixture_law.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "increment_draws.hpp"
#include "pianola/base/error.hpp"
#include "pianola/policies/transition_registry.hpp"

namespace pianola {
namespace {

using toys::draws;

/// Two components in two dimensions, the same whatever is seen; increments are 1 + 2z and −1 + z/2.
MixtureWeights constant() {
  MixtureWeights w;
  w.shape = {MixtureKind::mixture, 2, 2};
  w.actions = {{1.0F, -1.0F}, {0.5F, 2.0F}};
  const std::vector<float> outputs{0.0F, std::log(3.0F), -2.0F, 0.5F, 2.0F, 1.0F, -1.0F, 0.3F, 0.2F, -2.0F};
  w.trunk.normalisation = {{0.0F}, {1.0F}};
  w.trunk.vocabularies = {10};
  w.trunk.layers = {{1, 10, std::vector<float>(10), outputs}};
  return w;
}

double softplus(double s) { return 0.01 + std::log1p(std::exp(s)); }

double normal_density(double x, double mean, double sigma) {
  return std::exp(-0.5 * std::pow((x - mean) / sigma, 2)) / (sigma * std::sqrt(2.0 * std::numbers::pi));
}

/// Written down anew.
double density(double a, double b) {
  const double z0 = (a - 1.0) * 0.5, z1 = (b + 1.0) * 2.0;
  const double one = 0.25 * normal_density(z0, -2.0, softplus(-1.0)) * normal_density(z1, 0.5, softplus(0.3));
  const double two = 0.75 * normal_density(z0, 2.0, softplus(0.2)) * normal_density(z1, 1.0, softplus(-2.0));
  return (one + two) * 0.5 * 2.0;
}

TEST(MixtureLaw, ItsDensityIsTheMixtures) {
  const auto law = make_mixture_law(constant());
  for (const auto& [a, b] : {std::pair{-3.0, -0.7}, {5.0, -0.5}, {1.0, 0.0}, {9.0, 0.2}}) {
    EXPECT_NEAR(toys::log_density(*law, {0.0}, {a, b}), std::log(density(a, b)), 1e-4) << a << ", " << b;
  }
}

TEST(MixtureLaw, ItsDensityIntegratesToOne) {
  double mass = 0.0;
  for (double a = -20.0; a < 20.0; a += 0.1) {
    for (double b = -4.0; b < 4.0; b += 0.02) mass += density(a, b) * 0.1 * 0.02;
  }
  EXPECT_NEAR(mass, 1.0, 1e-3);
}

TEST(MixtureLaw, TransformsOfItsDrawsAreUniformGivenTheDimensionsBefore) {
  constexpr std::size_t n = 4000;
  const auto law = make_mixture_law(constant());
  const auto drawn = draws(*law, {0.0}, n);
  const auto u = toys::transforms(*law, {0.0}, drawn);
  for (const auto& column : u) EXPECT_LT(toys::distance_from_uniform(column), 2.0 / std::sqrt(n));
  std::vector<double> low;  // the second, where the first says which component it is
  for (std::size_t i = 0; i < n; ++i) {
    if (u[0][i] < 0.2) low.push_back(u[1][i]);
  }
  EXPECT_LT(toys::distance_from_uniform(low), 2.0 / std::sqrt(static_cast<double>(low.size())));
}

TEST(MixtureLaw, ItsModeIsTheDensestComponentsMean) {
  const auto law = make_mixture_law(constant());
  const auto session = law->session(1);
  std::vector<double> mode(2);
  session->begin(std::vector<double>{0.0});
  session->mode(mode);
  EXPECT_NEAR(mode[0], 1.0 + 2.0 * 2.0, 1e-5);
  EXPECT_NEAR(mode[1], -1.0 + 0.5 * 1.0, 1e-5);
}

TEST(MixtureLaw, ALanesNumbersAreItsOwn) {
  const auto law = make_mixture_law(constant());
  const auto many = draws(*law, {0.0}, 7, 40);
  for (std::size_t i = 0; i < 7; ++i) {
    const auto one = draws(*law, {0.0}, 1, 40 + i);
    EXPECT_EQ(one[0], many[2 * i]);
    EXPECT_EQ(one[1], many[2 * i + 1]);
  }
}

TEST(MixtureLaw, OtherLawsAreRefused) {
  MixtureWeights w = constant();
  w.shape.kind = MixtureKind::armixture;
  EXPECT_THROW(make_mixture_law(w), UsageError);
  w = constant();
  w.chunk = 2;
  EXPECT_THROW(make_mixture_law(w), UsageError);
  EXPECT_THROW(find_transition_model("mixture").load({}, "memory"), DataError);
}

}  // namespace
}  // namespace pianola
