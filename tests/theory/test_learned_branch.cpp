#include "pianola/theory/learned_branch.hpp"

#include <gtest/gtest.h>

#include "pianola/theory/sign_class.hpp"

namespace pianola {
namespace {

// With one context the maximiser's error is a binomial sum, and what it loses 2Δ·P(wrong)·H.
TEST(LearnedBranch, LosesWhatTheBinomialSumSays) {
  const LearnedBranch learned = roll_out_learned({}, 12, {1, 9, 40'000}, NoiseKey(2));
  const double gap = hardest_gap(1, 9), lost = 2.0 * gap * binomial_wrong(9, gap);
  EXPECT_NEAR(learned.dense.value, 12.0 * lost, 1.5 * (learned.dense.high - learned.dense.low));
  EXPECT_NEAR(learned.sparse.value, lost, 1.5 * (learned.sparse.high - learned.sparse.low));
  EXPECT_NEAR(learned.dense.value, 12.0 * learned.sparse.value, 1e-9) << "on the same noise";
}

}  // namespace
}  // namespace pianola
