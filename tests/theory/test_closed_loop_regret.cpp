#include "pianola/theory/closed_loop_regret.hpp"

#include <gtest/gtest.h>

#include "pianola/theory/line_bins.hpp"

namespace pianola {
namespace {

TEST(ClosedLoopRegret, FairCoinsDifferHalfOfTheTime) {
  const LineBins bins = LineBins::of_interval({}, -0.5, 1.5, 2);  // centres 0 and 1
  const ClosedLoopRun run{"tabular_mdp:family=coin", bins.share(), "augmented", 51, 400, NoiseKey(9)};
  EXPECT_NEAR(closed_loop_regret(run).value, 0.49, 0.02) << "the first state is seen";
  ClosedLoopRun feedback = run;
  feedback.controller = "quantized";
  EXPECT_EQ(closed_loop_regret(feedback).value, 0.0);
}

}  // namespace
}  // namespace pianola
