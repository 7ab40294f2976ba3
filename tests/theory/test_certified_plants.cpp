#include "pianola/theory/certified_plants.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace pianola {
namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr double kEpsilon = 0.25;

/// x' = x/2 + u, u = −x/4, from 1; bins of width 1/2.
CertifiedPlant scalar() {
  CertifiedPlant plant{MatrixXd::Constant(1, 1, 0.5), MatrixXd::Constant(1, 1, 1.0), MatrixXd::Constant(1, 1, 0.25),
                       VectorXd::Constant(1, 1.0), kEpsilon};
  plant.bins = LineBins::edge_at_zero({}, kEpsilon, 32.0);
  return plant;
}

double token(double u) { return 2.0 * kEpsilon * (std::floor(u / (2.0 * kEpsilon)) + 0.5); }

double radius(const MatrixXd& m) { return m.eigenvalues().cwiseAbs().maxCoeff(); }

TEST(CertifiedPlants, GainsAreThoseOfThePowers) {
  const std::vector<double> gains = input_gains(MatrixXd::Constant(1, 1, 0.5), MatrixXd::Constant(1, 1, -3.0));
  ASSERT_EQ(gains.size(), kCertifiedSteps);
  for (std::size_t j = 0; j < gains.size(); ++j)
    EXPECT_NEAR(gains[j], 3.0 * std::pow(0.5, static_cast<double>(j)), 1e-15);
}

TEST(CertifiedPlants, AlongTheExpertStatesShrinkAndErrorsAreThoseOfTheTokens) {
  const ExpertPath path = follow_expert(scalar(), NoiseKey(1));
  ASSERT_EQ(path.states.size(), kCertifiedSteps);
  for (std::size_t h = 0; h < 8; ++h) {  // A − BK = 1/4
    const double x = std::pow(0.25, static_cast<double>(h)), u = -0.25 * x;
    EXPECT_DOUBLE_EQ(path.states[h](0), x);
    EXPECT_NEAR(path.errors[h], std::abs(token(u) - u), 1e-12);
  }
}

TEST(CertifiedPlants, TheRegretOfFeedbackIsThatOfItsLoopAndBelowBothCertificates) {
  double x = 1.0, lost = 0.0;
  for (std::size_t h = 0; h < kCertifiedSteps; ++h) {
    const double u = token(-0.25 * x);
    lost += std::abs(u + 0.25 * x);
    x = 0.5 * x + u;
  }
  const CertifiedRegret closed = certify_closed_loop(scalar(), NoiseKey(1), 0.0);
  EXPECT_NEAR(closed.regret, lost, 1e-9);
  EXPECT_GE(closed.certificate, closed.regret);
  const auto feedback = certify_feedback(scalar(), NoiseKey(1));  // Σ 0.5^j·‖K‖ = 1/2, less than 1
  ASSERT_TRUE(feedback);
  EXPECT_EQ(feedback->regret, closed.regret) << "the same loop";
  EXPECT_GE(feedback->certificate, feedback->regret);
}

TEST(CertifiedPlants, WithoutNoiseBothAugmentedFormsSpeakOfOneLoop) {
  const CertifiedPlant plant = scalar();
  const CertifiedRegret exact = certify_augmented(plant, NoiseKey(1), input_gains(plant.a, plant.b));
  const CertifiedRegret noisy = certify_augmented_under_noise(plant, NoiseKey(1));
  EXPECT_EQ(exact.regret, noisy.regret);
  EXPECT_LE(exact.regret, exact.certificate);
  EXPECT_LT(exact.certificate, noisy.certificate) << "the second pays for tokens that may differ";
  const CertifiedRegret claim = claim_by_model_error(plant, NoiseKey(1));
  EXPECT_EQ(claim.regret, exact.regret);
  EXPECT_EQ(claim.certificate, exact.certificate) << "right where there is no noise";
}

TEST(CertifiedPlants, DrawnOnesAreAsAskedFor) {
  for (std::uint64_t i = 0; i < 50; ++i) {
    const NoiseKey key = NoiseKey(3).child("plant", i);
    const CertifiedPlant stable = draw_certified_plant({}, key, {});
    EXPECT_LT(radius(stable.a), 1.0);
    EXPECT_EQ(stable.noise, 0.0);
    const CertifiedPlant held = draw_certified_plant({}, key, {.unstable = true, .noisy = true});
    EXPECT_GT(radius(held.a), 1.0);
    EXPECT_LT(radius(held.a - held.b * held.k), 0.95) << "a contraction of at most 0.9, and rounding";
    EXPECT_GT(held.noise, 0.0);
  }
}

}  // namespace
}  // namespace pianola
