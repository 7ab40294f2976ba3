#include "pianola/audits/expert_law.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "audits/toy_laws.hpp"
#include "pianola/base/error.hpp"
#include "pianola/control/deployment.hpp"

namespace pianola {
namespace {

using test::gaps;

TEST(ExpertLaw, OfADeterministicExpertIsItsQuantizedAction) {
  const auto law =
      quantized_expert_law(std::make_shared<toys::ToyExpert>(0.5), std::make_shared<toys::ToyQuantizer>(4));
  EXPECT_TRUE(law->info().exact);
  EXPECT_FALSE(law->info().needs_plant);
  // Bins of width ½ on [−1, 1]: −0.5x is in the first of them beyond x = 1, in the second beyond 0.
  const auto out = gaps(*law, {1.1, 0.9, 0.1}, {1.5, 1.1, 1.5}, 0.6);
  EXPECT_EQ(out[0].tv_high, 0.0);
  EXPECT_EQ(out[1].tv_high, 1.0);
  EXPECT_EQ(out[1].high, 0.0) << "neighbouring representatives are 0.5 apart";
  EXPECT_DOUBLE_EQ(out[1].action_distance, 0.5);
  EXPECT_EQ(out[2].high, 0.0);
  EXPECT_EQ(gaps(*law, {-1.1}, {1.1}, 0.6)[0].high, 1.0);
}

TEST(ExpertLaw, AtomsAreQuantizedAndAdded) {
  const auto expert = std::make_shared<toys::ToyExpert>(0.5, 0.25);  // −0.5x ± 0.25
  const auto raw = quantized_expert_law(expert, nullptr);
  EXPECT_DOUBLE_EQ(gaps(*raw, {0.0}, {1.0}, 0.0)[0].tv_high, 0.5) << "one atom is shared";
  const auto coarse = quantized_expert_law(expert, std::make_shared<toys::ToyQuantizer>(1));
  EXPECT_EQ(gaps(*coarse, {0.0}, {1.0}, 0.0)[0].tv_high, 0.0) << "one token for all";
}

TEST(ExpertLaw, OfAGaussianIsItsTotalVariation) {
  const auto raw = quantized_expert_law(std::make_shared<test::GaussianExpert>(0.3), nullptr);
  for (const double r : {0.01, 0.1, 0.3, 1.0}) {
    const LawGap gap = gaps(*raw, {0.123}, {0.123 + r}, 0.0)[0];
    EXPECT_NEAR(gap.tv_high, test::gaussian_tv(r, 0.3), 2e-3) << r;
    EXPECT_NEAR(gap.action_distance, r, 0.3 / 32.0) << r;
  }
}

TEST(ExpertLaw, QuantizingAGaussianNeverMakesItRougher) {
  const auto raw = quantized_expert_law(std::make_shared<test::GaussianExpert>(0.3), nullptr);
  for (const std::uint32_t bins : {2U, 5U, 33U}) {
    const auto binned =
        quantized_expert_law(std::make_shared<test::GaussianExpert>(0.3), std::make_shared<toys::ToyQuantizer>(bins));
    for (const double r : {0.01, 0.1, 0.3}) {
      EXPECT_LE(gaps(*binned, {0.2}, {0.2 + r}, 0.0)[0].tv_high, gaps(*raw, {0.2}, {0.2 + r}, 0.0)[0].tv_high + 1e-9);
    }
  }
  // Two bins with their edge at 0: the mass below it, exactly.
  const auto two =
      quantized_expert_law(std::make_shared<test::GaussianExpert>(0.3), std::make_shared<toys::ToyQuantizer>(2));
  const double exact = 0.5 * (std::erf(0.3 / (0.3 * std::sqrt(2.0))) - std::erf(0.1 / (0.3 * std::sqrt(2.0))));
  EXPECT_NEAR(gaps(*two, {0.1}, {0.3}, 0.0)[0].tv_high, exact, 1e-8) << "cells are anchored at 0";
}

TEST(ExpertLaw, OfADitherIsThatOfItsDraws) {
  DeploymentRequest request;
  request.system = "scalar_linear:low=-1,high=1";
  request.quantizer = "dither:bins=9";
  const Deployment deployment = make_deployment(request);
  const auto law = quantized_expert_law(deployment.expert, deployment.quantizer);
  EXPECT_FALSE(law->info().exact);
  const double gain = *deployment.expert->info().lipschitz;
  // Stochastic rounding between levels ¼ apart: within a cell, TV = |Δu| / ¼.
  const double x = 0.05 / gain, y = 0.15 / gain;
  EXPECT_NEAR(gaps(*law, {x}, {y}, 0.0)[0].tv_high, 0.1 / 0.25, 0.1);
  EXPECT_EQ(gaps(*law, {x}, {x}, 0.0)[0].tv_high, 0.0);
}

TEST(ExpertLaw, AnActionThatIsNotFiniteHasNoLaw) {
  const auto law =
      quantized_expert_law(std::make_shared<toys::ToyExpert>(0.5, 0.0, 2.0), std::make_shared<toys::ToyQuantizer>(4));
  EXPECT_FALSE(gaps(*law, {0.0}, {3.0}, 0.0)[0].known);
  EXPECT_TRUE(gaps(*law, {0.0}, {1.0}, 0.0)[0].known);
}

TEST(ExpertLaw, AChunkTakesThePlant) {
  const auto law =
      quantized_expert_law(std::make_shared<toys::ToyExpert>(0.5), std::make_shared<toys::ToyQuantizer>(4, 3));
  EXPECT_TRUE(law->info().needs_plant);
  EXPECT_EQ(law->info().dim, 3u);
  EXPECT_THROW(gaps(*law, {0.0}, {1.0}, 0.0), UsageError);
}

}  // namespace
}  // namespace pianola
