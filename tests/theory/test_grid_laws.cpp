#include "pianola/theory/grid_laws.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "pianola/base/error.hpp"
#include "pianola/bounds/transport.hpp"

namespace pianola {
namespace {

TEST(GridLaws, AreLawsAndTheTotalVariationOfGaussiansIsKnown) {
  const ActionGrid grid(-5.0, 5.0, 20'000);
  const auto p = grid.normal_law(0.0, 0.5), q = grid.normal_law(0.3, 0.5);
  EXPECT_NEAR(std::accumulate(p.begin(), p.end(), 0.0), 1.0, 1e-12);
  // TV(N(a, σ²), N(b, σ²)) = 2Φ(|a − b|/(2σ)) − 1 = erf(|a − b|/(2√2 σ))
  EXPECT_NEAR(total_variation(p, q), std::erf(0.3 / (2.0 * std::sqrt(2.0) * 0.5)), 1e-6);
}

TEST(GridLaws, BinsAreTheirCells) {
  const ActionGrid grid(-4.0, 4.0, 800);
  const GridTokens tokens = tokens_on_grid(*fitted_to_normal({}, "uniform:bins=8", NoiseKey(1)), grid);
  ASSERT_EQ(tokens.representatives.size(), 8U);
  const std::vector<double> uniform(800, 1.0 / 800);
  for (const double mass : pushed_forward(tokens, uniform)) EXPECT_NEAR(mass, 0.125, 1e-12);
  EXPECT_NEAR(tokens.representatives[0], -3.5, 1e-6);
}

TEST(GridLaws, RandomSchemesHaveNoTokenAnAction) {
  const ActionGrid grid(-1.0, 1.0, 10);
  EXPECT_THROW((void)tokens_on_grid(*fitted_to_normal({}, "dither:bins=9", NoiseKey(1)), grid), UsageError);
}

}  // namespace
}  // namespace pianola
