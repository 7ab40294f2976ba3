#include "pianola/theory/persisting_instances.hpp"

#include <gtest/gtest.h>

#include "pianola/bounds/rates.hpp"

namespace pianola {
namespace {

TEST(PersistingInstances, TabularLearnerMeetsLeCam) {
  const BinaryLearner tabular = binary_learners().front();
  for (const std::uint64_t n : {2U, 7U, 30U}) {
    const double gap = 1.0 / (3.0 * static_cast<double>(n));
    EXPECT_NEAR(worst_regret(tabular, n, 11, gap, NoiseKey(1)), lower_bound_theorem_8(n, 11), 1e-12);
  }
}

TEST(PersistingInstances, NothingToTellApartCostsNothing) {
  for (const BinaryLearner& learner : binary_learners()) {
    EXPECT_EQ(worst_regret(learner, 5, 11, 0.0, NoiseKey(1)), 0.0) << learner.name;
  }
}

TEST(PersistingInstances, TheRecoveredOneIsBrokenByTheLearnerThatIdentifies) {
  const BinaryLearner breaks = identifying_learner();
  for (const std::uint64_t n : {4U, 64U}) {
    const double gap = 1.0 / (3.0 * static_cast<double>(n));
    EXPECT_LE(worst_regret_recovered(breaks, n, 11, gap, NoiseKey(1)), 0.0);
    EXPECT_GE(worst_regret(breaks, n, 11, gap, NoiseKey(1)), lower_bound_theorem_8(n, 11));
  }
}

TEST(PersistingInstances, ShownOftenItIsLearned) {
  const BinaryLearner tabular = find_binary_learner("tabular");
  EXPECT_LT(worst_regret_shown(tabular, 30, 11, 0.01, 0.5, NoiseKey(1)), 1e-9);
}

TEST(PersistingInstances, CollisionIsHalfABinAndFinerBinsHalveIt) {
  const BinaryLearner tabular = find_binary_learner("tabular");
  const LineBins bins = LineBins::of_interval({}, 0.0, 1.0, 8), finer = LineBins::of_interval({}, 0.0, 1.0, 16);
  const auto slips = token_slips(tabular, 5, NoiseKey(1));
  EXPECT_NEAR(collision_regret(slips, 0.125, bins), 0.125 / 2.0, 1e-9);
  EXPECT_NEAR(collision_regret(slips, 0.125, finer), 0.125 / 4.0, 1e-9);
  for (const BinaryLearner& learner : binary_learners()) {
    EXPECT_GE(10.0 * collision_regret(token_slips(learner, 5, NoiseKey(1)), 0.125, bins), 11.0 * 0.125 / 4.0)
        << learner.name;
  }
}

TEST(PersistingInstances, SlipsAreWhatOneTokenDoesNotTeach) {
  const auto slips = token_slips(find_binary_learner("laplace"), 8, NoiseKey(1));
  EXPECT_DOUBLE_EQ(slips[0], 0.1);
  EXPECT_DOUBLE_EQ(slips[1], 0.1);
  EXPECT_DOUBLE_EQ(token_slips(find_binary_learner("prior"), 5, NoiseKey(1))[0], 0.4);
}

}  // namespace
}  // namespace pianola
