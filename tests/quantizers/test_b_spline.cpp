#include "pianola/quantizers/b_spline.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "pianola/base/random.hpp"
#include "property.hpp"

namespace pianola::testing {
namespace {

TEST(BSpline, BasesAreAPartitionOfOneWithLocalSupport) {
  test::property("sum 1, not negative, at most degree + 1 at a step", [] {
    const std::size_t degree = *rc::gen::inRange<std::size_t>(0, 6),
                      bases = degree + *rc::gen::inRange<std::size_t>(1, 9);
    const std::size_t steps = *rc::gen::inRange<std::size_t>(1, 60);
    const auto samples = b_spline_samples(steps, bases, degree);
    for (std::size_t n = 0; n < steps; ++n) {
      double sum = 0.0;
      std::size_t used = 0;
      for (std::size_t b = 0; b < bases; ++b) {
        const double value = samples[n * bases + b];
        RC_ASSERT(value >= 0.0);
        sum += value;
        used += value > 0.0;
      }
      RC_ASSERT(std::abs(sum - 1.0) < 1e-14);
      RC_ASSERT(used <= degree + 1);
    }
  });
}

TEST(BSpline, ClampedEndsAndKnownValues) {
  const auto cubic = b_spline_samples(3, 5, 3);  // knots 0 0 0 0 ½ 1 1 1 1
  const double expected[] = {1, 0, 0, 0, 0, 0, 0.25, 0.5, 0.25, 0, 0, 0, 0, 0, 1};
  for (std::size_t i = 0; i < 15; ++i) EXPECT_NEAR(cubic[i], expected[i], 1e-15) << i;
  const auto steps = b_spline_samples(5, 2, 0);  // knots 0 ½ 1: closed on the left, the last one on both sides
  EXPECT_EQ(steps, (std::vector<double>{1, 0, 1, 0, 0, 1, 0, 1, 0, 1}));
  EXPECT_EQ(b_spline_samples(1, 3, 2), (std::vector<double>{1, 0, 0}));
}

TEST(BSpline, FitsWhatIsASpline) {
  const std::size_t steps = 25, bases = 9;
  const auto samples = b_spline_samples(steps, bases, 4), fit = least_squares_weights(samples, steps, bases);
  for (std::size_t b = 0; b < bases; ++b) {
    for (std::size_t c = 0; c < bases; ++c) {
      double sum = 0.0;
      for (std::size_t n = 0; n < steps; ++n) sum += fit[b * steps + n] * samples[n * bases + c];
      EXPECT_NEAR(sum, b == c ? 1.0 : 0.0, 1e-12);
    }
  }
}

/// The residual of a least-squares fit is orthogonal to the bases.
TEST(BSpline, ResidualsAreOrthogonal) {
  const std::size_t steps = 30, bases = 7;
  const auto samples = b_spline_samples(steps, bases, 3), fit = least_squares_weights(samples, steps, bases);
  std::vector<double> u(steps), residual;
  for (std::size_t n = 0; n < steps; ++n) u[n] = residual.emplace_back(normal(NoiseKey(1), n, 0));
  for (std::size_t b = 0; b < bases; ++b) {
    double weight = 0.0;
    for (std::size_t n = 0; n < steps; ++n) weight += fit[b * steps + n] * u[n];
    for (std::size_t n = 0; n < steps; ++n) residual[n] -= samples[n * bases + b] * weight;
  }
  for (std::size_t b = 0; b < bases; ++b) {
    double sum = 0.0;
    for (std::size_t n = 0; n < steps; ++n) sum += samples[n * bases + b] * residual[n];
    EXPECT_NEAR(sum, 0.0, 1e-13);
  }
}

TEST(BSpline, OneStepHasALeastNorm) {
  const auto fit = least_squares_weights(b_spline_samples(1, 3, 2), 1, 3);
  EXPECT_NEAR(fit[0], 1.0, 1e-15);
  EXPECT_NEAR(fit[1], 0.0, 1e-15);
  EXPECT_NEAR(fit[2], 0.0, 1e-15);
}

}  // namespace
}  // namespace pianola::testing
