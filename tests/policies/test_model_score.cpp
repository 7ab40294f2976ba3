#include "pianola/policies/model_score.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "pianola/base/error.hpp"
#include "pianola/policies/learned_model.hpp"
#include "pianola/policies/linear_law.hpp"
#include "policies/toys.hpp"

namespace pianola {
namespace {

/// x' = x + u + 0.1·z in trajectories of `steps` from 0, u = ±0.05.
Transitions walks(std::size_t trajectories, std::size_t steps) {
  Transitions t;
  t.observation_dim = t.action_dim = t.max_tokens = 1;
  for (std::size_t i = 0; i < trajectories; ++i) {
    double x = 0.0;
    for (std::uint32_t h = 0; h < steps; ++h) {
      const double u = h % 2 == 0 ? 0.05 : -0.05;
      t.states.push_back(x);
      t.actions.push_back(u);
      t.tokens.push_back(h % 2);
      x += u + 0.1 * normal(NoiseKey(2), i, h);
      t.next.push_back(x);
      t.h.push_back(h);
      t.trajectory.push_back(i);
    }
  }
  return t;
}

/// Δ ~ N(u + bias, deviation²).
std::shared_ptr<const TransitionModel> model_of(double bias, double deviation, double range = 100.0) {
  return make_learned_model(
      {"linear", 1, {}, {}, {-range}, {range}, {make_linear_law({2, 1, {0.0, 1.0}, {bias}, {deviation}})}});
}

TEST(ModelScore, ItsLikelihoodIsTheGaussians) {
  const Transitions data = walks(40, 50);
  const ModelScore score = score_model(*model_of(0.0, 0.1), data, {});
  EXPECT_EQ(score.transitions, 2000U);
  EXPECT_EQ(score.trajectories, 40U);
  double sum = 0.0;
  for (std::size_t i = 0; i < data.size(); ++i) {
    const double z = (data.next[i] - data.states[i] - data.actions[i]) / 0.1;
    sum += -0.5 * z * z - std::log(0.1 * std::sqrt(2.0 * std::numbers::pi));
  }
  EXPECT_NEAR(score.log_likelihood.value, sum / 2000.0, 1e-9);
  EXPECT_LT(score.log_likelihood.low, score.log_likelihood.value);
  EXPECT_EQ(score.log_likelihood.n, 40U);
  EXPECT_EQ(log_likelihood(*model_of(0.0, 0.1), data).value, score.log_likelihood.value) << "the same alone";
  EXPECT_GT(score.log_likelihood.value, log_likelihood(*model_of(0.0, 0.2), data).value);
}

TEST(ModelScore, CalibrationTellsTheRightWidthFromTheWrong) {
  const Transitions data = walks(40, 50);
  const auto deviation = [&](double width) {
    return score_model(*model_of(0.0, width), data, {}).calibration.at(0).deviation;
  };
  EXPECT_LT(deviation(0.1), 2.0 / std::sqrt(2000.0));
  EXPECT_GT(deviation(0.2), 0.1);
  EXPECT_GT(deviation(0.05), 0.1);
  std::uint64_t all = 0;
  const ModelScore score = score_model(*model_of(0.0, 0.1), data, {});
  for (const auto count : score.calibration[0].counts) all += count;
  EXPECT_EQ(all, 2000U);
}

TEST(ModelScore, DriftIsThatOfRollsAlongTheExpertsTokens) {
  const Transitions data = walks(30, 64);
  const auto mode = model_of(0.0, 0.1)->most_likely();
  const ModelScore score = score_model(*mode, data, {.horizon = 16});
  ASSERT_EQ(score.drift.size(), 5U);  // 1, 2, 4, 8, 16
  EXPECT_EQ(score.drift.back().step, 16U);
  // ‖x̃ − x‖ after j steps is |sum of j noises|: mean 0.1·√(2j/π).
  for (const DriftStep& one : score.drift) {
    const double expected = 0.1 * std::sqrt(2.0 * static_cast<double>(one.step) / std::numbers::pi);
    EXPECT_NEAR(one.model.value, expected, 0.25 * expected) << one.step;
    EXPECT_GE(one.held.value, 0.9 * one.model.value);
  }
  const ModelScore biased = score_model(*model_of(0.05, 0.1)->most_likely(), data, {.horizon = 16});
  EXPECT_NEAR(biased.drift.back().model.value, 0.8, 0.15) << "16 steps of 0.05";
}

TEST(ModelScore, ThePolicysLossIsGivenWhatIsImaginedHeldAndReal) {
  const Transitions data = walks(20, 40);
  // Two tokens, P(1) = 1/(1 + e^{−x}): the tokens alternate, whatever x is.
  const toys::ToyPolicy policy({2}, 1, [](std::size_t, Token, std::span<const float> x, std::span<float> out) {
    out[0] = 0.0F;
    out[1] = x[0];
  });
  const ModelScore score =
      score_model(*model_of(0.0, 0.1)->most_likely(), data, {.horizon = 4, .key = {}, .policy = &policy});
  ASSERT_EQ(score.drift.size(), 3U);
  EXPECT_EQ(score.drift.back().loss_real.n, 0U) << "no token stands behind the last step of a stretch";
  double real = 0.0, held = 0.0;
  std::size_t count = 0;
  for (std::size_t i = 1; i < data.size(); ++i) {  // one step after a start: rows 1, 5, 9, …
    if (data.h[i] % 4 != 1) continue;
    const auto loss = [&](double x) { return std::log1p(std::exp(x)) - (data.tokens[i] == 1 ? x : 0.0); };
    real += loss(data.states[i]);
    held += loss(data.states[i - 1]);
    ++count;
  }
  EXPECT_NEAR(score.drift[0].loss_real.value, real / static_cast<double>(count), 1e-6);
  EXPECT_NEAR(score.drift[0].loss_held.value, held / static_cast<double>(count), 1e-6);
  EXPECT_EQ(score_model(*model_of(0.0, 0.1), data, {}).drift[0].loss_model.n, 0U) << "none was given";
}

TEST(ModelScore, RollsThatLeaveTheRangeAreCounted) {
  const Transitions data = walks(10, 40);
  EXPECT_EQ(score_model(*model_of(0.0, 0.1), data, {}).left_range, 0.0);
  EXPECT_EQ(score_model(*model_of(1.0, 0.1, 3.0), data, {}).left_range, 1.0);
}

TEST(ModelScore, ABreakInATrajectoryBeginsAnew) {
  Transitions data = walks(1, 10);
  for (std::size_t i = 5; i < 10; ++i) data.h[i] += 3;  // three steps were left out
  const ModelScore score = score_model(*model_of(0.0, 0.1), data, {.horizon = 8});
  EXPECT_EQ(score.drift.back().step, 4U) << "no stretch is longer than five steps";
}

TEST(ModelScore, NothingToScoreIsRefused) {
  EXPECT_THROW(score_model(*model_of(0.0, 0.1), {}, {}), UsageError);
  EXPECT_THROW(log_likelihood(*model_of(0.0, 0.1), {}), UsageError);
  EXPECT_THROW(score_model(*model_of(0.0, 0.1), walks(1, 3), {.horizon = 0}), UsageError);
}

}  // namespace
}  // namespace pianola
