#include "pianola/base/gelu_slope.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace pianola {
namespace {

TEST(GeluSlope, IsGeluAndItsDerivative) {
  std::vector<float> x;
  for (int i = -3000; i <= 3000; ++i) x.push_back(static_cast<float>(i) * 0.00417F);
  for (const float extreme : {-1e30F, 1e30F, -40.0F, 40.0F, 0.0F, -0.0F, 1e-30F}) x.push_back(extreme);
  for (std::size_t n : {x.size(), x.size() - 1, std::size_t{3}, std::size_t{0}}) {
    std::vector<float> y(n), slope(n);
    gelu_with_slope(x.data(), n, y.data(), slope.data());
    for (std::size_t i = 0; i < n; ++i) {
      const double v = static_cast<double>(x[i]), phi = 0.5 * std::erfc(-v / std::sqrt(2.0));
      const double density = std::exp(-0.5 * v * v) / std::sqrt(2.0 * std::acos(-1.0));
      EXPECT_NEAR(y[i], v * phi, 4e-7 * std::max(1.0, std::abs(v))) << v;
      EXPECT_NEAR(slope[i], phi + v * density, 1e-6) << v;
    }
  }
}

TEST(GeluSlope, KeepsWhatIsNoNumber) {
  const float x = std::numeric_limits<float>::quiet_NaN();
  float y = 0.0F, slope = 0.0F;
  gelu_with_slope(&x, 1, &y, &slope);
  EXPECT_TRUE(std::isnan(y));
}

}  // namespace
}  // namespace pianola
