#include "pianola/bounds/gaussian_rate.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "pianola/base/error.hpp"
#include "property.hpp"

namespace pianola {
namespace {

TEST(GaussianRate, OneComponentIsShannonsFormula) {
  const std::vector<double> variance{9.0};
  for (const double bits : {0.0, 0.5, 1.0, 8.0}) {
    EXPECT_NEAR(gaussian_distortion(variance, bits), 9.0 * std::exp2(-2.0 * bits), 1e-12) << bits;
  }
}

TEST(GaussianRate, EqualComponentsShareTheBits) {
  EXPECT_NEAR(gaussian_distortion(std::vector<double>(4, 2.0), 12.0), 4 * 2.0 * std::exp2(-6.0), 1e-12);
}

TEST(GaussianRate, SmallComponentsDrown) {
  // One bit of rate: θ = 16/4 = 4 is above 1, which gets nothing.
  EXPECT_NEAR(gaussian_distortion(std::vector<double>{1.0, 16.0}, 1.0), 4.0 + 1.0, 1e-12);
  EXPECT_NEAR(gaussian_rate(std::vector<double>{1.0, 16.0}, 5.0), 1.0, 1e-12);
}

TEST(GaussianRate, Limits) {
  const std::vector<double> variances{4.0, 0.0, 1.0};
  EXPECT_EQ(gaussian_distortion(variances, 0.0), 5.0);
  EXPECT_EQ(gaussian_distortion(variances, std::numeric_limits<double>::infinity()), 0.0);
  EXPECT_EQ(gaussian_rate(variances, 5.0), 0.0);
  EXPECT_EQ(gaussian_rate(variances, 7.0), 0.0);
  EXPECT_TRUE(std::isinf(gaussian_rate(variances, 0.0)));
  EXPECT_EQ(gaussian_distortion({}, 3.0), 0.0);
  EXPECT_EQ(gaussian_rate(std::vector<double>{0.0}, 0.0), 0.0);
}

std::vector<double> drawn_variances() {
  return *rc::gen::nonEmpty(rc::gen::container<std::vector<double>>(
      rc::gen::map(rc::gen::inRange(-8, 9), [](int k) { return std::exp2(k); })));
}

TEST(GaussianRate, IsItsOwnInverse) {
  test::property([] {
    const std::vector<double> variances = drawn_variances();
    const double bits = 0.25 * *rc::gen::inRange(0, 100);
    RC_ASSERT(std::abs(gaussian_rate(variances, gaussian_distortion(variances, bits)) - bits) < 1e-9 * (1.0 + bits));
  });
}

// Optimality, against the definition: any other split of the bits among the components costs at least as much.
TEST(GaussianRate, NoSplitOfTheBitsIsBetter) {
  test::property([] {
    const std::vector<double> variances = drawn_variances();
    std::vector<double> shares(variances.size());
    for (double& share : shares) share = *rc::gen::inRange(0, 64) / 16.0;
    double bits = 0.0, distortion = 0.0;
    for (std::size_t i = 0; i < shares.size(); ++i) {
      bits += shares[i];
      distortion += variances[i] * std::exp2(-2.0 * shares[i]);
    }
    RC_ASSERT(gaussian_distortion(variances, bits) <= distortion * (1.0 + 1e-12));
  });
}

TEST(GaussianRate, RefusesWhatIsNoVarianceOrRate) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THROW(gaussian_distortion(std::vector<double>{-1.0}, 1.0), UsageError);
  EXPECT_THROW(gaussian_distortion(std::vector<double>{nan}, 1.0), UsageError);
  EXPECT_THROW(gaussian_distortion(std::vector<double>{1.0}, -1.0), UsageError);
  EXPECT_THROW(gaussian_rate(std::vector<double>{1.0}, nan), UsageError);
}

}  // namespace
}  // namespace pianola
