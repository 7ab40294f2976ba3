#include "pianola/theory/trap_class.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "pianola/bounds/trap_constants.hpp"
#include "pianola/theory/trap_lanes.hpp"

namespace pianola {
namespace {

TEST(TrapClass, HoldsTheTruthAndOthers) {
  const TrapClass trap({}, 0.01);
  EXPECT_EQ(trap.policies(), 40U);
  EXPECT_EQ(trap.models(), 20U);
}

TEST(TrapClass, OneTransitionTellsTheModelAndManyTrajectoriesThePolicy) {
  const TrapClass trap({}, 0x1p-5);
  const TrapLearned few = trap.learn({60, 1, 8}, NoiseKey(2)), many = trap.learn({60, 256, 8}, NoiseKey(2));
  EXPECT_EQ(few.models, 1U);
  EXPECT_EQ(many.models, 1U);
  EXPECT_GT(few.policies, 1U);
  EXPECT_EQ(many.policies, 1U);
}

TEST(TrapClass, OnceLearnedItIsTheLanesOfTheorem6) {
  TrapConstants c;
  c.epsilon = 0x1p-5;
  const std::size_t starts = 16;
  const std::uint64_t horizon = 300;
  const TrapLearned learned = TrapClass({}, c.epsilon).learn({horizon, 256, starts}, NoiseKey(2));
  std::vector<double> first(starts), feedback(starts), augmented(starts), observed(starts);
  for (std::size_t i = 0; i < starts; ++i) first[i] = normal_quantile((static_cast<double>(i) + 0.5) / 16.0);
  run_trap_reference(c, trap_table(c), horizon, first, {feedback, augmented, observed});
  double sum = 0.0, closed = 0.0;
  for (std::size_t i = 0; i < starts; ++i) {
    sum += augmented[i];
    closed += feedback[i];
  }
  EXPECT_NEAR(learned.augmented, sum / (16.0 * 300.0), 1e-9);
  EXPECT_NEAR(learned.feedback, closed / (16.0 * 300.0), 1e-9);
}

TEST(TrapClass, WithMoreDemonstrationsItPaysWhatTheExactModelPays) {
  const TrapClass trap({}, 0x1p-5);
  const TrapLearned truth = trap.truth({769, 0, 8});
  const double limit = truth.augmented;
  EXPECT_NEAR(limit, 0.110813, 0.01) << "docs/theory.md §10, by 8 midpoints in place of 32,768";
  const TrapCurve few = trap.curve({769, 1, 8}, 8, NoiseKey(3)), many = trap.curve({769, 256, 8}, 8, NoiseKey(3));
  EXPECT_EQ(many.known.value, 1.0);
  EXPECT_LT(few.known.value, 1.0);
  EXPECT_NEAR(many.augmented.value, limit, 1e-9);
  EXPECT_GE(std::abs(few.augmented.value - limit), std::abs(many.augmented.value - limit));
  EXPECT_GT(truth.feedback, 0.5);
  EXPECT_NEAR(many.feedback.value, truth.feedback, 1e-9);
}

}  // namespace
}  // namespace pianola
