#include <gtest/gtest.h>

#include "toy_learner.hpp"

namespace pianola {
namespace {

using toy_training::norm;
using toy_training::ToyLearner;

LearnerOptions options(double decay, double clip, bool average = true) {
  LearnerOptions out;
  out.weight_decay = decay;
  out.gradient_clip = clip;
  out.average = average;
  return out;
}

/// θ' of the header's formulas, in double, from the moments after the step.
void expect_update(const LearnerState& before, const LearnerState& after, double rate, double decay) {
  const double t = static_cast<double>(after.steps);
  for (std::size_t i = 0; i < after.parameters.size(); ++i) {
    const double m = after.first_moment[i] / (1.0 - std::pow(0.9, t));
    const double v = after.second_moment[i] / (1.0 - std::pow(0.999, t));
    const double expected = before.parameters[i] * (1.0 - rate * decay) - rate * m / (std::sqrt(v) + 1e-8);
    ASSERT_NEAR(after.parameters[i], expected, 1e-6) << "parameter " << i << " at step " << t;
  }
}

TEST(AdamW, FollowsItsFormulas) {
  ToyLearner toy("mlp:hidden=16x1", options(0.1, 0.0));
  for (int step = 0; step < 5; ++step) {
    const LearnerState before = toy.learner.state();
    toy.learner.step(toy.rows(30), 0.01, 0.9);
    const LearnerState after = toy.learner.state();
    EXPECT_EQ(after.steps, before.steps + 1);
    expect_update(before, after, 0.01, 0.1);
  }
}

TEST(AdamW, MomentsAreAverages) {
  ToyLearner toy("mlp:hidden=16x1", options(0.0, 0.0));
  toy.learner.step(toy.rows(30), 0.0, 0.9);  // at rate 0 the gradient stays what it is
  const LearnerState one = toy.learner.state();
  toy.learner.step(toy.rows(30), 0.0, 0.9);
  const LearnerState two = toy.learner.state();
  for (std::size_t i = 0; i < one.first_moment.size(); ++i) {
    const double g = one.first_moment[i] / 0.1;
    EXPECT_NEAR(two.first_moment[i], 0.9 * one.first_moment[i] + 0.1 * g, 1e-7);
    EXPECT_NEAR(one.second_moment[i], 0.001 * g * g, 1e-8);
    EXPECT_NEAR(two.second_moment[i], 0.999 * one.second_moment[i] + 0.001 * g * g, 1e-8);
  }
}

TEST(AdamW, ClipsTheGlobalNormAndReportsItUnclipped) {
  ToyLearner free("mlp:hidden=16x1", options(0.0, 0.0)), clipped("mlp:hidden=16x1", options(0.0, 0.05));
  const double reported = free.learner.step(free.rows(30), 0.01, 0.9).gradient_norm;
  EXPECT_NEAR(norm(free.learner.state().first_moment) / 0.1, reported, 1e-5);
  ASSERT_GT(reported, 0.05);
  EXPECT_NEAR(clipped.learner.step(clipped.rows(30), 0.01, 0.9).gradient_norm, reported, 1e-6);
  EXPECT_NEAR(norm(clipped.learner.state().first_moment) / 0.1, 0.05, 1e-6);
}

TEST(AdamW, AveragesTheWeights) {
  ToyLearner toy;
  const LearnerState start = toy.learner.state();
  EXPECT_EQ(start.average, start.parameters);
  std::vector<double> expected(start.average.begin(), start.average.end());
  for (const double decay : {0.1, 0.5, 0.9, 0.99}) {
    toy.learner.step(toy.rows(30), 0.01, decay);
    const LearnerState now = toy.learner.state();
    for (std::size_t i = 0; i < expected.size(); ++i) {
      expected[i] = decay * expected[i] + (1.0 - decay) * static_cast<double>(now.parameters[i]);
      ASSERT_NEAR(now.average[i], expected[i], 1e-6) << i;
    }
  }
}

TEST(AdamW, KeepsNoAverageWhereNoneIsAskedFor) {
  ToyLearner toy("mlp:hidden=16x1", options(0.0, 0.0, false));
  toy.learner.step(toy.rows(30), 0.01, 0.0);
  EXPECT_TRUE(toy.learner.state().average.empty());
  EXPECT_EQ(toy.learner.outputs(toy.rows(5), Weights::average), toy.learner.outputs(toy.rows(5), Weights::raw));
}

TEST(AdamW, ChangesNothingWhereTheGradientIsNotFinite) {
  ToyLearner toy;
  LearnerState huge = toy.learner.state();
  for (float& x : huge.parameters) x *= 1e20F;
  toy.learner.restore(huge);
  const StepReport report = toy.learner.step(toy.rows(30), 0.01, 0.9);
  EXPECT_FALSE(std::isfinite(report.loss) && std::isfinite(report.gradient_norm));
  const LearnerState after = toy.learner.state();
  EXPECT_EQ(after.parameters, huge.parameters);
  EXPECT_EQ(after.first_moment, huge.first_moment);
  EXPECT_EQ(after.steps, huge.steps);
}

}  // namespace
}  // namespace pianola
