#include "pianola/audits/open_loop_drift.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "audits/recorded.hpp"
#include "pianola/base/error.hpp"
#include "pianola/policies/quantized_expert.hpp"

namespace pianola {
namespace {

TEST(OpenLoopDrift, OfAPolicyThatAlwaysPlaysOneToken) {
  test::Recorded data(3, {0.1, 0.2, 0.3, -0.4});
  const auto quantizer = test::two_levels();  // −0.5 and 0.5
  const test::Stubborn policy(1);
  const OpenLoopDrift drift = open_loop_drift(data, policy, *quantizer, {.mode = DecodeMode::argmax}, NoiseKey(1));
  EXPECT_EQ(drift.trajectories, 3u);
  EXPECT_EQ(drift.decisions, 12u);
  EXPECT_NEAR(drift.error.value, (0.4 + 0.3 + 0.2 + 0.9) / 4, 1e-6);
  EXPECT_NEAR(drift.error_by_step[3].value, 0.9, 1e-6);
  EXPECT_NEAR(drift.drift_by_step[3].value, 0.4 + 0.3 + 0.2 + 0.9, 1e-6) << "all to one side";
  EXPECT_NEAR(drift.repeating_error.value, (0.1 + 0.1 + 0.7) / 3, 1e-6);
  EXPECT_NEAR(drift.token_error.value, 0.25, 1e-9);
  EXPECT_NEAR(drift.repeat_rate.value, 1.0, 1e-9);
  EXPECT_NEAR(drift.repeat_rate_of_data.value, 2.0 / 3.0, 1e-9);
  ASSERT_EQ(drift.error_by_lookahead.size(), 1u);
}

TEST(OpenLoopDrift, DataThatDoNotFitAreRefused) {
  test::Recorded data(1, {0.1}, 2);
  EXPECT_THROW(open_loop_drift(data, test::Stubborn(1), *test::two_levels(), {}, NoiseKey(1)), UsageError);
}

TEST(OpenLoopDrift, ShortTrajectoriesAreAnError) {
  test::Recorded data(2, {0.1});
  const auto chunks = test::two_levels(3);
  EXPECT_THROW(open_loop_drift(data, test::Stubborn(1, 3), *chunks, {}, NoiseKey(1)), DataError);
}

}  // namespace
}  // namespace pianola
