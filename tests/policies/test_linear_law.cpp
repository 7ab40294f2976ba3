#include "pianola/policies/linear_law.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "increment_draws.hpp"
#include "pianola/base/error.hpp"

namespace pianola {
namespace {

using toys::distance_from_uniform;
using toys::draws;

/// Two dimensions given three inputs.
const LinearLawWeights kLaw{3, 2, {1.0, -2.0, 0.5, 0.0, 3.0, -1.0}, {0.1, -0.2}, {0.5, 0.0, 0.3, 0.2}};

/// n inputs, and increments of kLaw given them.
struct Drawn {
  std::vector<double> inputs, increments;
  explicit Drawn(std::size_t n) : inputs(n * 3), increments(n * 2) {
    normals(NoiseKey(3), 0, 0, inputs);
    std::vector<std::uint64_t> ids(n);
    std::iota(ids.begin(), ids.end(), std::uint64_t{0});
    const auto law = make_linear_law(kLaw);
    const auto session = law->session(n);
    session->begin(inputs);
    session->draw(NoiseKey(4), ids, std::vector<std::uint32_t>(n), increments);
  }
};

TEST(LinearLaw, FindsTheLawThatMadeTheData) {
  const Drawn data(20000);
  const LinearLawWeights fit = fit_linear_law(data.inputs, data.increments, 3, 2);
  for (std::size_t i = 0; i < 6; ++i) EXPECT_NEAR(fit.weight[i], kLaw.weight[i], 0.02);
  for (std::size_t d = 0; d < 2; ++d) EXPECT_NEAR(fit.bias[d], kLaw.bias[d], 0.02);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_NEAR(fit.factor[i], kLaw.factor[i], 0.02);
}

TEST(LinearLaw, ResidualsAreOrthogonalToTheInputs) {
  const Drawn data(50);
  const LinearLawWeights fit = fit_linear_law(data.inputs, data.increments, 3, 2);
  for (std::size_t d = 0; d < 2; ++d) {
    double sum = 0.0, against[3] = {0.0, 0.0, 0.0};
    for (std::size_t i = 0; i < 50; ++i) {
      double rest = data.increments[2 * i + d] - fit.bias[d];
      for (std::size_t k = 0; k < 3; ++k) rest -= fit.weight[3 * d + k] * data.inputs[3 * i + k];
      sum += rest;
      for (std::size_t k = 0; k < 3; ++k) against[k] += rest * data.inputs[3 * i + k];
    }
    EXPECT_NEAR(sum, 0.0, 1e-10);
    for (const double one : against) EXPECT_NEAR(one, 0.0, 1e-5) << "up to the ridge";
  }
}

TEST(LinearLaw, NoOtherLawOfItsKindGivesTheDataMore) {
  const Drawn data(200);
  const LinearLawWeights fit = fit_linear_law(data.inputs, data.increments, 3, 2);
  const auto likelihood = [&](const LinearLawWeights& weights) {
    const auto law = make_linear_law(weights);
    const auto session = law->session(200);
    std::vector<double> out(200);
    session->begin(data.inputs);
    session->log_density(data.increments, out);
    return std::accumulate(out.begin(), out.end(), 0.0);
  };
  const double best = likelihood(fit);
  for (const double change : {-0.02, 0.02}) {
    for (std::size_t i = 0; i < 6; ++i) {
      LinearLawWeights other = fit;
      other.weight[i] += change;
      EXPECT_LT(likelihood(other), best);
    }
    for (const std::size_t i : {0U, 2U, 3U}) {
      LinearLawWeights other = fit;
      other.factor[i] += change;
      EXPECT_LT(likelihood(other), best);
    }
  }
}

TEST(LinearLaw, ItsDensityIsTheGaussians) {
  // Σ = L Lᵀ = [.25 .15; .15 .13], |Σ| = 0.01, Σ⁻¹ = [13 −15; −15 25].
  const auto law = make_linear_law(kLaw);
  const std::vector<double> input{0.3, -0.4, 1.0};
  const double m0 = 0.3 + 0.8 + 0.5 + 0.1, m1 = -1.2 - 1.0 - 0.2;
  for (const auto& [a, b] : {std::pair{0.0, 0.0}, {0.3, -0.2}, {-1.0, 0.7}}) {
    const double expected =
        -0.5 * (13.0 * a * a - 30.0 * a * b + 25.0 * b * b) - 0.5 * std::log(0.01) - std::log(2.0 * std::numbers::pi);
    EXPECT_NEAR(toys::log_density(*law, input, {m0 + a, m1 + b}), expected, 1e-11);
  }
}

TEST(LinearLaw, TransformsOfItsOwnDrawsAreUniformAndOthersAreNot) {
  constexpr std::size_t n = 4000;
  const auto law = make_linear_law(kLaw);
  const std::vector<double> input{1.0, 2.0, 3.0};
  const auto drawn = draws(*law, input, n);
  for (const auto& column : toys::transforms(*law, input, drawn)) {
    EXPECT_LT(distance_from_uniform(column), 2.0 / std::sqrt(n));
  }
  LinearLawWeights wide = kLaw;
  for (double& number : wide.factor) number *= 1.5;
  for (const auto& column : toys::transforms(*make_linear_law(wide), input, drawn)) {
    EXPECT_GT(distance_from_uniform(column), 0.06);
  }
}

TEST(LinearLaw, WhatIsExactlyLinearKeepsADensity) {
  const std::vector<double> inputs{0.0, 1.0, 2.0, 3.0, 4.0}, increments{1.0, 3.0, 5.0, 7.0, 9.0};
  const LinearLawWeights fit = fit_linear_law(inputs, increments, 1, 1);
  EXPECT_NEAR(fit.weight[0], 2.0, 1e-7);
  EXPECT_GT(fit.factor[0], 0.0);
  EXPECT_LT(fit.factor[0], 1e-4);
  EXPECT_TRUE(std::isfinite(toys::log_density(*make_linear_law(fit), {2.0}, {5.0})));
  const LinearLawWeights constant = fit_linear_law(std::vector<double>{1.0, 1.0}, std::vector<double>{0.0, 0.0}, 1, 1);
  EXPECT_GT(constant.factor[0], 0.0) << "nothing ever moved";
}

TEST(LinearLaw, InputsThatDoNotVaryGetNoWeight) {
  constexpr std::size_t n = 150;
  const Drawn data(n);
  std::vector<double> inputs;
  const std::vector<double> constants{0.1, 1.0 / 3.0, 1e5 + 0.7, 0.0};  // whose means are not them, but for rounding
  for (std::size_t i = 0; i < n; ++i) {
    inputs.insert(inputs.end(), &data.inputs[3 * i], &data.inputs[3 * i] + 3);
    inputs.insert(inputs.end(), constants.begin(), constants.end());
  }
  const LinearLawWeights fit = fit_linear_law(inputs, data.increments, 7, 2);
  const LinearLawWeights without = fit_linear_law(data.inputs, data.increments, 3, 2);
  for (std::size_t d = 0; d < 2; ++d) {
    for (std::size_t k = 0; k < 4; ++k) EXPECT_EQ(fit.weight[7 * d + 3 + k], 0.0) << k;
    for (std::size_t k = 0; k < 3; ++k) EXPECT_NEAR(fit.weight[7 * d + k], without.weight[3 * d + k], 1e-12);
  }
}

TEST(LinearLaw, SquaresThatOverflowAreRefused) {
  const std::vector<double> inputs{0.0, 1.0, 2.0, 3.0}, increments{1e200, -1e200, 1e200, 3e200};
  EXPECT_THROW(fit_linear_law(inputs, increments, 1, 1), DataError);
}

TEST(LinearLaw, ItsTensorsReadBackAndDamageIsNamed) {
  TensorFile file = to_tensors(kLaw);
  EXPECT_EQ(linear_law_from_tensors(file, "memory").weight, kLaw.weight);
  EXPECT_EQ(linear_law_from_tensors(file, "memory").factor, kLaw.factor);
  file.tensors["linear.factor"] = Tensor::of({2, 2}, std::vector<double>{1.0, 0.0, 0.0, 0.0});
  EXPECT_THROW(linear_law_from_tensors(file, "memory"), DataError);
  file = to_tensors(kLaw);
  file.tensors["linear.bias"] = Tensor::of({2}, std::vector<double>{1.0, NAN});
  EXPECT_THROW(linear_law_from_tensors(file, "memory"), DataError);
  file.tensors["linear.bias"] = Tensor::of({2}, std::vector<float>{1.0F, 2.0F});
  EXPECT_THROW(linear_law_from_tensors(file, "memory"), DataError) << "of another type";
  file.tensors.erase("linear.bias");
  EXPECT_THROW(linear_law_from_tensors(file, "memory"), DataError);
  EXPECT_THROW(fit_linear_law({}, {}, 1, 1), UsageError);
}

}  // namespace
}  // namespace pianola
