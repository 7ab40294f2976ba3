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

TEST(PersistingInstances, CollisionIsHalfABinAndFinerBinsHalveIt) {
  EXPECT_NEAR(collision_regret(11, 0.125, 1), 10.0 * 0.125 / 2.0, 1e-12);
  EXPECT_NEAR(collision_regret(11, 0.125, 2), 10.0 * 0.125 / 4.0, 1e-12);
}

}  // namespace
}  // namespace pianola
