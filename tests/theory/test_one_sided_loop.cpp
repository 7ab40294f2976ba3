#include "pianola/theory/one_sided_loop.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace pianola {
namespace {

using Eigen::MatrixXd;

/// x' = 1.5·x + u, u = −(1.5 − f)·x + ε.
OneSidedLoop scalar(double f, double epsilon) {
  return {MatrixXd::Constant(1, 1, 1.5), MatrixXd::Constant(1, 1, 1.0), MatrixXd::Constant(1, 1, 1.5 - f), epsilon};
}

/// f^j.
std::vector<double> gains(double f, std::size_t horizon) {
  std::vector<double> all;
  for (std::size_t j = 0; j < horizon; ++j) all.push_back(std::pow(f, static_cast<double>(j)));
  return all;
}

TEST(OneSidedLoop, TheStateGoesToTheErrorOverOneMinusF) {  // x_h = ε(1 − f^{h−1})/(1 − f)
  double expected = 0.0;
  for (int h = 0; h < 50; ++h) expected += 0.01 * (1.0 - std::pow(0.8, h)) / 0.2;
  EXPECT_NEAR(one_sided_regret(scalar(0.8, 0.01), 50), expected, 1e-12);
}

TEST(OneSidedLoop, TheCertificateIsThatOfTheForm) {  // D = ε(1 − f^H)/(1 − f); H·(D + ε + 0.7·D)
  const double deviation = 0.01 * (1.0 - std::pow(0.8, 50)) / 0.2;
  EXPECT_NEAR(one_sided_claim(scalar(0.8, 0.01), gains(0.8, 50)), 50.0 * (1.7 * deviation + 0.01), 1e-12);
}

TEST(OneSidedLoop, ItHoldsAndWithUnderstatedGainsItDoesNot) {
  const OneSidedLoop loop = scalar(0.9, 0.01);
  const double regret = one_sided_regret(loop, 200);
  EXPECT_LE(regret, one_sided_claim(loop, gains(0.9, 200)));
  EXPECT_GT(regret, one_sided_claim(loop, gains(0.09, 200))) << "a loop that forgets ten times faster";
}

TEST(OneSidedLoop, AnExpertThatDoesNotStabilisePaysAlmostEverything) {
  const OneSidedLoop lost = with_radius(scalar(0.9, 0.01), 1.3);
  EXPECT_NEAR((lost.a - lost.b * lost.k)(0, 0), 1.3, 1e-12);
  EXPECT_GT(one_sided_regret(lost, 200), 180.0);
  EXPECT_GT(one_sided_regret(lost, 5000), 4980.0) << "beyond what a double holds";
  EXPECT_GT(one_sided_regret(lost, 200), one_sided_claim(lost, gains(0.9, 200)));
}

TEST(OneSidedLoop, SeveralStatesTurnToo) {
  OneSidedLoop loop;
  loop.a = (MatrixXd(2, 2) << 1.2, 0.3, 0.0, 1.1).finished();
  loop.b = MatrixXd::Identity(2, 2);
  loop.k = (MatrixXd(2, 2) << 0.7, 0.3, 0.0, 0.5).finished();  // A − BK = diag(0.5, 0.6)
  loop.epsilon = 0.01;
  const double end = std::hypot(0.01 / 0.5, 0.01 / 0.4);
  EXPECT_NEAR(one_sided_regret(loop, 1001) - one_sided_regret(loop, 1000), end, 1e-12);
  const OneSidedLoop wide = with_radius(loop, 1.2);
  EXPECT_NEAR((wide.a - wide.b * wide.k)(0, 0), 1.0, 1e-12);
  EXPECT_NEAR((wide.a - wide.b * wide.k)(1, 1), 1.2, 1e-12);
}

}  // namespace
}  // namespace pianola
