#include "pianola/theory/resolution_tradeoff.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "pianola/base/random.hpp"
#include "pianola/base/statistics.hpp"

namespace pianola {
namespace {

/// The same by drawing everything: contexts, targets, tokens of the learner.
double drawn_regret(std::uint64_t contexts, std::uint64_t n, std::uint64_t bins, Smoothing smoothing,
                    std::uint64_t id) {
  const NoiseKey key(17);
  const double target = uniform(key, id, 0, 0);
  std::uint64_t shown = 0;
  for (std::uint32_t i = 0; i < n; ++i) {
    shown += uniform(key, id, 1, i) * static_cast<double>(contexts) < 1.0 ? 1 : 0;
  }
  const auto k = static_cast<double>(bins), m = static_cast<double>(shown);
  const double spread = smoothing == Smoothing::add_one ? k / (m + k) : shown == 0 ? 1.0 : 0.0;
  const double right = (std::floor(target * k) + 0.5) / k, any = (std::floor(uniform(key, id, 2, 0) * k) + 0.5) / k;
  return std::abs((uniform(key, id, 2, 1) < spread ? any : right) - target);
}

TEST(ResolutionTradeoff, ExactSumsAgreeWithDraws) {
  for (const Smoothing smoothing : {Smoothing::none, Smoothing::add_one}) {
    RunningMean mean;
    for (std::uint64_t id = 0; id < 20'000; ++id) mean.add(drawn_regret(4, 6, 3, smoothing, id));
    const Estimate estimate = mean.estimate(0.9999);
    const double exactly = tokenised_regret(4, 6, 3, smoothing);
    EXPECT_LE(estimate.low, exactly);
    EXPECT_GE(estimate.high, exactly);
  }
}

TEST(ResolutionTradeoff, OneContextHasAClosedForm) {
  const double k = 5.0, n = 20.0, share = k / (n + k);
  EXPECT_NEAR(tokenised_regret(1, 20, 5, Smoothing::add_one),
              share * (1.0 / 3.0 - 1.0 / (12.0 * k * k)) + (1.0 - share) / (4.0 * k), 1e-14);
}

TEST(ResolutionTradeoff, BestResolutionIsTheMinimum) {
  const std::uint64_t best = best_resolution(8, 500, 100, Smoothing::add_one);
  const double least = tokenised_regret(8, 500, best, Smoothing::add_one);
  EXPECT_GT(best, 2U);
  EXPECT_LT(best, 100U);
  for (const std::uint64_t other : {best - 1, best + 1}) {
    EXPECT_LE(least, tokenised_regret(8, 500, other, Smoothing::add_one));
  }
  EXPECT_EQ(best_resolution(8, 500, 100, Smoothing::none), 100U);
}

TEST(ResolutionTradeoff, DrawnLearnersAgreeWithTheExactSum) {
  for (const Smoothing smoothing : {Smoothing::none, Smoothing::add_one}) {
    const LineBins bins = LineBins::of_interval({}, 0.0, 1.0, 12);
    const Estimate mean = mean_estimate(drawn_regrets(4, 9, bins, smoothing, 4000, NoiseKey(3)), 0.9999);
    const double exactly = tokenised_regret(4, 9, 12, smoothing);
    EXPECT_LE(mean.low, exactly);
    EXPECT_GE(mean.high, exactly);
  }
}

}  // namespace
}  // namespace pianola
