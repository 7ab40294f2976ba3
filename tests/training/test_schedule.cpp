#include "pianola/training/schedule.hpp"
#include "property.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace pianola {
namespace {

TrainConfig config_of(int steps, double warmup, double final_rate) {
  TrainConfig config;
  config.steps = steps;
  config.warmup = warmup;
  config.final_rate = final_rate;
  config.learning_rate = 2.0;
  return config;
}

TEST(Schedule, RisesLinearlyThenFallsAsACosine) {
  const TrainConfig config = config_of(101, 10.0 / 101.0, 0.1);
  EXPECT_DOUBLE_EQ(learning_rate_at(config, 0), 0.2);
  EXPECT_DOUBLE_EQ(learning_rate_at(config, 4), 1.0);
  EXPECT_DOUBLE_EQ(learning_rate_at(config, 9), 2.0);
  EXPECT_DOUBLE_EQ(learning_rate_at(config, 10), 2.0);    // the cosine begins at the peak
  EXPECT_NEAR(learning_rate_at(config, 55), 1.1, 1e-12);  // half way between peak and end
  EXPECT_NEAR(learning_rate_at(config, 100), 0.2, 1e-12);
}

TEST(Schedule, NeedsNoWarmUpAndStandsOneStep) {
  EXPECT_DOUBLE_EQ(learning_rate_at(config_of(10, 0.0, 0.0), 0), 2.0);
  EXPECT_DOUBLE_EQ(learning_rate_at(config_of(1, 0.0, 0.0), 0), 2.0);
  EXPECT_DOUBLE_EQ(learning_rate_at(config_of(1, 1.0, 0.0), 0), 2.0);
}

TEST(Schedule, RateStaysWithinItsBounds) {
  test::property("0 < rate ≤ peak until the last step", [] {
    const int steps = *rc::gen::inRange(2, 5000);
    const TrainConfig config = config_of(steps, *rc::gen::inRange(0, 100) / 100.0, *rc::gen::inRange(0, 100) / 100.0);
    const double rate = learning_rate_at(config, static_cast<std::uint64_t>(*rc::gen::inRange(0, steps - 1)));
    RC_ASSERT(rate > 0.0 && rate <= config.learning_rate * (1.0 + 1e-12));
  });
}

TEST(Schedule, AveragesForgetTheirStart) {
  TrainConfig config;
  config.ema = 0.999;
  EXPECT_DOUBLE_EQ(ema_decay_at(config, 0), 0.1);
  EXPECT_DOUBLE_EQ(ema_decay_at(config, 10), 11.0 / 20.0);
  EXPECT_DOUBLE_EQ(ema_decay_at(config, 100000), 0.999);
  config.ema = 0.0;
  EXPECT_EQ(ema_decay_at(config, 5), 0.0);
}

TEST(Schedule, EventsAreAsManyAsAskedForAndEndWithTheLastStep) {
  test::property("evenly_spaced is true min(n, S) times, at round(S·i/n)", [] {
    const auto steps = *rc::gen::inRange<std::uint64_t>(1, 400), n = *rc::gen::inRange<std::uint64_t>(1, 500);
    const std::uint64_t count = std::min(steps, n);
    std::uint64_t seen = 0;
    for (std::uint64_t done = 0; done <= steps + 3; ++done) {
      if (!evenly_spaced(done, steps, n)) continue;
      ++seen;
      RC_ASSERT(done ==
                static_cast<std::uint64_t>(std::floor(
                    static_cast<double>(steps) * static_cast<double>(seen) / static_cast<double>(count) + 0.5)));
    }
    RC_ASSERT(seen == count);
    RC_ASSERT(evenly_spaced(steps, steps, n));
  });
}

}  // namespace
}  // namespace pianola
