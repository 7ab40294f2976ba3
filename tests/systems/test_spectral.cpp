#include "pianola/systems/spectral.hpp"
#include "property.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace pianola {
namespace {

TEST(SpectralNorm, OfKnownMatrices) {
  EXPECT_NEAR(spectral_norm(std::vector{3.0, 0.0, 0.0, -4.0}, 2, 2), 4.0, 1e-14);
  EXPECT_NEAR(spectral_norm(std::vector{1.0, 1.0, 1.0, 1.0, 1.0, 1.0}, 2, 3), std::sqrt(6.0), 1e-14);
  EXPECT_NEAR(spectral_norm(std::vector{3.0, 4.0}, 1, 2), 5.0, 1e-14);
  EXPECT_EQ(spectral_norm({}, 0, 3), 0.0);
}

TEST(SpectralNorm, NoVectorIsStretchedBeyondTheBound) {
  test::property([](const std::vector<std::int16_t>& raw, const std::vector<std::int16_t>& direction) {
    RC_PRE(raw.size() >= 4 && direction.size() >= 2);
    const std::size_t cols = 2, rows = raw.size() / cols;
    std::vector<double> m(raw.begin(), raw.begin() + static_cast<std::ptrdiff_t>(rows * cols));
    double stretched = 0.0;
    for (std::size_t i = 0; i < rows; ++i) {
      const double y = m[2 * i] * direction[0] + m[2 * i + 1] * direction[1];
      stretched += y * y;
    }
    const double length = std::hypot(direction[0], direction[1]);
    RC_ASSERT(std::sqrt(stretched) <= spectral_norm_bound(m, rows, cols) * length * (1.0 + 1e-15));
  });
}

TEST(Eigenvalues, OfARotationAndOfATriangle) {
  const auto rotation = eigenvalues(std::vector{0.0, -2.0, 2.0, 0.0}, 2);
  EXPECT_NEAR(std::abs(rotation[0].imag()), 2.0, 1e-14);
  const auto triangle = eigenvalues(std::vector{0.5, 7.0, 0.0, -3.0}, 2);
  EXPECT_NEAR(triangle[0].real(), -3.0, 1e-14);
  EXPECT_NEAR(spectral_radius(std::vector{0.5, 7.0, 0.0, -3.0}, 2), 3.0, 1e-14);
  EXPECT_EQ(spectral_radius({}, 0), 0.0);
}

TEST(Spectral, SingularValuesOfAScaledRotationBesideAZero) {
  const std::vector<double> m{0.0, -3.0, 0.0, 2.0, 0.0, 0.0};  // [2 × 3]
  const std::vector<double> values = singular_values(m, 2, 3);
  ASSERT_EQ(values.size(), 2U);
  EXPECT_NEAR(values[0], 3.0, 1e-14);
  EXPECT_NEAR(values[1], 2.0, 1e-14);
  EXPECT_TRUE(singular_values({}, 0, 3).empty());
}

}  // namespace
}  // namespace pianola
