#include "pianola/theory/binary_learners.hpp"

#include <gtest/gtest.h>

#include "pianola/base/error.hpp"

namespace pianola {
namespace {

// Log-loss on one state: every learner that can express any probability finds the ratio of counts.
TEST(BinaryLearners, FindTheRatioOfCounts) {
  BinaryCounts counts;
  counts.seen[0][0] = 30;
  counts.seen[0][1] = 10;
  for (const BinaryLearner& learner : binary_learners()) {
    const double one = learner.learn(counts, NoiseKey(1)).one[0];
    if (learner.name == "majority") {
      EXPECT_EQ(one, 0.0);
    } else {
      EXPECT_NEAR(one, 0.25, learner.name == "laplace" ? 0.02 : learner.name == "prior" ? 0.08 : 1e-3) << learner.name;
    }
  }
}

TEST(BinaryLearners, LearnBothStates) {
  BinaryCounts counts;
  counts.seen[0][0] = 50;
  counts.seen[1][1] = 50;
  for (const BinaryLearner& learner : binary_learners()) {
    const BinaryPolicy policy = learner.learn(counts, NoiseKey(1));
    EXPECT_LT(policy.one[0], 0.08) << learner.name;
    EXPECT_GT(policy.one[1], 0.95) << learner.name;
  }
}

TEST(BinaryLearners, AreFoundByName) {
  EXPECT_EQ(find_binary_learner("prior").name, "prior");
  EXPECT_THROW((void)find_binary_learner("tabula"), UsageError);
}

TEST(BinaryLearners, TabularIsUniformWhereNothingWasSeen) {
  BinaryCounts counts;
  counts.seen[0][0] = 5;
  EXPECT_EQ(binary_learners().front().learn(counts, NoiseKey(1)).one[1], 0.5);
}

}  // namespace
}  // namespace pianola
