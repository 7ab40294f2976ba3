#include "pianola/policies/learned_model.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "increment_draws.hpp"
#include "pianola/base/error.hpp"
#include "pianola/base/statistics.hpp"
#include "pianola/policies/linear_law.hpp"
#include "pianola/policies/training_range.hpp"
#include "policies/toys.hpp"

namespace pianola {
namespace {

using toys::Moment;

/// Δ ~ N(gain·x + u + shift, deviation²), x in [−2, 2].
std::shared_ptr<const IncrementLaw> scalar(double gain, double deviation, double shift = 0.0) {
  return make_linear_law({2, 1, {gain, 1.0}, {shift}, {deviation}});
}

LearnedModelParts parts_of(std::vector<std::shared_ptr<const IncrementLaw>> members) {
  return {"linear", 1, {}, {}, {-2.0}, {2.0}, std::move(members)};
}

std::vector<double> seen(const TransitionSession& session, std::size_t lanes) {
  std::vector<double> out(lanes);
  session.observe(out);
  return out;
}

TEST(LearnedModel, StepsByItsLawFromWhatItWasShown) {
  const auto model = make_learned_model(parts_of({scalar(-0.5, 0.1)}));
  constexpr std::size_t n = 4000;
  const Moment moment(std::vector<double>(n, 1.0));
  const auto session = model->session(n);
  session->start(NoiseKey(1), moment.at());
  const std::vector<double> actions(n, 0.25);
  session->step({moment.ids, moment.h, {}, actions});
  RunningMean mean;
  for (const double x : seen(*session, n)) mean.add(x);
  EXPECT_NEAR(mean.mean(), 0.75, 4.0 * 0.1 / std::sqrt(n));
  EXPECT_NEAR(std::sqrt(mean.variance()), 0.1, 0.01);
}

TEST(LearnedModel, TheMostLikelyOneStepsToTheMode) {
  const auto model = make_learned_model(parts_of({scalar(-0.5, 0.1)}));
  EXPECT_FALSE(model->info().deterministic);
  const auto mode = model->most_likely();
  EXPECT_TRUE(mode->info().deterministic);
  const Moment moment({1.0, -1.0});
  const auto session = mode->session(2);
  session->start(NoiseKey(1), moment.at());
  session->step({moment.ids, moment.h, {}, std::vector<double>{0.25, 0.0}});
  EXPECT_EQ(seen(*session, 2), (std::vector<double>{0.75, -0.5}));
}

TEST(LearnedModel, ALaneDependsNeitherOnItsNeighboursNorOnTheirNumber) {
  const auto model = make_learned_model(parts_of({scalar(-0.5, 0.1), scalar(-0.4, 0.2)}));
  Moment many({0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7});
  const auto all = model->session(7);
  all->start(NoiseKey(5), many.at());
  for (std::uint32_t h = 0; h < 5; ++h) {
    many.h.assign(7, h);
    all->step({many.ids, many.h, {}, std::vector<double>(7, 0.05)});
  }
  const auto together = seen(*all, 7);
  for (std::size_t i = 0; i < 7; ++i) {
    Moment one({0.1 + 0.1 * static_cast<double>(i)});
    one.observations[0] = many.observations[i];
    one.ids = {many.ids[i]};
    const auto alone = model->session(1);
    alone->start(NoiseKey(5), one.at());
    for (std::uint32_t h = 0; h < 5; ++h) {
      one.h.assign(1, h);
      alone->step({one.ids, one.h, {}, std::vector<double>{0.05}});
    }
    EXPECT_EQ(seen(*alone, 1)[0], together[i]) << i;
  }
}

TEST(LearnedModel, RestartsTheLanesThatAreMarked) {
  const auto model = make_learned_model(parts_of({scalar(0.0, 0.1)}))->most_likely();
  Moment moment({0.0, 0.0, 0.0});
  const auto session = model->session(3);
  session->start(NoiseKey(1), moment.at());
  session->step({moment.ids, moment.h, {}, std::vector<double>(3, 0.5)});
  moment.observations = {1.0, 1.1, 1.2};
  session->restart(moment.at(), std::vector<std::uint8_t>{0, 1, 0});
  EXPECT_EQ(seen(*session, 3), (std::vector<double>{0.5, 1.1, 0.5}));
}

TEST(LearnedModel, ACopyGoesOnAsTheOriginal) {
  const auto model = make_learned_model(parts_of({scalar(-0.5, 0.1)}));
  Moment moment({1.0});
  const auto session = model->session(1);
  session->start(NoiseKey(8), moment.at());
  const std::vector<double> action{0.1};
  session->step({moment.ids, moment.h, {}, action});
  const auto copy = session->clone();
  for (std::uint32_t h = 1; h < 4; ++h) {
    moment.h.assign(1, h);
    session->step({moment.ids, moment.h, {}, action});
    copy->step({moment.ids, moment.h, {}, action});
    EXPECT_EQ(seen(*session, 1), seen(*copy, 1));
  }
}

TEST(LearnedModel, SaysWhenItLeavesItsRangeAndNeverShowsWhatIsNoState) {
  const auto model = make_learned_model(parts_of({scalar(0.5, 0.1)}))->most_likely();
  Moment moment({1.0, 0.0});
  const auto session = model->session(2);
  session->start(NoiseKey(1), moment.at());
  double largest = 0.0;
  for (std::uint32_t h = 0; h < 40; ++h) {
    moment.h.assign(2, h);
    session->step({moment.ids, moment.h, {}, std::vector<double>{h == 30 ? NAN : 0.0, 0.0}});
    for (const double x : seen(*session, 2)) {
      ASSERT_TRUE(std::isfinite(x)) << h;
      largest = std::max(largest, x);
    }
  }
  // 1.5^{h+1} passes 2 at h = 1; what lies a width of 4 beyond 2 is not taken.
  EXPECT_EQ(session->left_range()[0], 1U);
  EXPECT_EQ(session->left_range()[1], kNever);
  EXPECT_NEAR(largest, std::pow(1.5, 4), 1e-12);
  session->restart(moment.at(), std::vector<std::uint8_t>{1, 0});
  EXPECT_EQ(session->left_range()[0], kNever) << "a new trajectory";
}

TEST(LearnedModel, AnEnsembleSaysWhereItsMembersDisagree) {
  const auto model = make_learned_model(parts_of({scalar(0.0, 0.1), scalar(-0.2, 0.1)}));
  EXPECT_EQ(model->info().members, 2U);
  const Moment moment({1.0, 0.0});
  const auto session = model->session(2);
  session->start(NoiseKey(1), moment.at());
  session->step({moment.ids, moment.h, {}, std::vector<double>(2)});
  // Modes 0 and −0.2 at x = 1: standard deviation 0.2/√2, in widths of 4.
  EXPECT_NEAR(session->disagreement()[0], 0.2 / std::sqrt(2.0) / 4.0, 1e-12);
  EXPECT_EQ(session->disagreement()[1], 0.0);
  EXPECT_TRUE(make_learned_model(parts_of({scalar(0.0, 0.1)}))->session(1)->disagreement().empty());
}

TEST(LearnedModel, AnEnsemblesDensityIsTheMeanOfItsMembers) {
  const auto model = make_learned_model(parts_of({scalar(0.0, 0.5), scalar(0.0, 0.5, 1.0)}));
  const Moment moment({0.0});
  const auto session = model->session(1);
  session->start(NoiseKey(1), moment.at());
  double out = 0.0;
  ASSERT_TRUE(session->log_density({moment.ids, moment.h, {}, std::vector<double>{0.0}}, std::vector<double>{1.0},
                                   std::span(&out, 1)));
  const auto density = [](double z) { return std::exp(-2.0 * z * z) / (0.5 * std::sqrt(2.0 * std::numbers::pi)); };
  EXPECT_NEAR(out, std::log(0.5 * density(1.0) + 0.5 * density(0.0)), 1e-12);
  EXPECT_EQ(seen(*session, 1)[0], 0.0) << "the session stays where it is";
}

TEST(LearnedModel, AnAngleTurnsRound) {
  // Δ = 0.5 from whatever is seen: cosine, sine, action.
  LearnedModelParts parts{"linear", 1, {}, {.angles = {0}, .circles = {}}, {-3.2}, {3.2}, {}};
  parts.members = {make_linear_law({3, 1, {0.0, 0.0, 0.0}, {0.5}, {0.1}})};
  const auto model = make_learned_model(parts)->most_likely();
  const Moment moment({3.0});
  const auto session = model->session(1);
  session->start(NoiseKey(1), moment.at());
  session->step({moment.ids, moment.h, {}, std::vector<double>{0.0}});
  EXPECT_NEAR(seen(*session, 1)[0], 3.5 - 2.0 * std::numbers::pi, 1e-12);
  EXPECT_EQ(session->left_range()[0], kNever);
}

/// Headings of 40 steps, turned by 0.7 + 0.2·cos x a step, of a model whose training range is moved by `shift`.
std::vector<double> headings(double low, double high, double first, double shift) {
  LearnedModelParts parts{"linear", 1, {}, {.angles = {0}, .circles = {}}, {low + shift}, {high + shift}, {}};
  parts.members = {make_linear_law({3, 1, {0.2, 0.0, 0.0}, {0.7}, {0.1}})};
  const auto model = make_learned_model(parts)->most_likely();
  Moment moment({first + shift});
  const auto session = model->session(1);
  session->start(NoiseKey(1), moment.at());
  std::vector<double> out;
  for (std::uint32_t h = 0; h < 40; ++h) {
    moment.h.assign(1, h);
    session->step({moment.ids, moment.h, {}, std::vector<double>{0.0}});
    out.push_back(seen(*session, 1)[0]);
  }
  EXPECT_EQ(session->left_range()[0], kNever) << "shift " << shift;
  return out;
}

TEST(LearnedModel, AnAngleIsKeptInTheTurnThatTheDataAreOf) {
  constexpr double turn = 2.0 * std::numbers::pi;
  for (const auto& [low, high] : {std::pair{-turn / 2.0, turn / 2.0}, {0.0, turn}, {-1.0, turn - 1.0}}) {
    const std::vector<double> expected = headings(low, high, 1.0, 0.0);
    for (const double heading : expected) {
      EXPECT_GE(heading, low);
      EXPECT_LE(heading, high);
    }
    for (const double turns : {-2.0, 1.0, 5.0}) {
      const std::vector<double> shifted = headings(low, high, 1.0, turns * turn);
      for (std::size_t h = 0; h < 40; ++h) EXPECT_NEAR(shifted[h] - turns * turn, expected[h], 1e-9) << turns << h;
    }
  }
}

TEST(LearnedModel, SeesTokensOneHot) {
  LearnedModelParts parts{"linear", 2, {3, 2}, {}, {-9.0}, {9.0}, {}};
  std::vector<double> out(parts.inputs());
  ASSERT_EQ(out.size(), 6U);
  model_inputs(parts, std::vector<double>{0.5}, std::vector<double>{7.0, 8.0}, std::vector<Token>{2, 0}, out);
  EXPECT_EQ(out, (std::vector<double>{0.5, 0.0, 0.0, 1.0, 1.0, 0.0}));
  parts.members = {make_linear_law({6, 1, {0.0, 1.0, 2.0, 3.0, 0.0, 0.0}, {0.0}, {0.1}})};
  const auto model = make_learned_model(parts)->most_likely();
  EXPECT_TRUE(model->info().reads_tokens);
  const Moment moment({0.0});
  const auto session = model->session(1);
  session->start(NoiseKey(1), moment.at());
  session->step({moment.ids, moment.h, std::vector<Token>{1, 1}, std::vector<double>{0.0, 0.0}});
  EXPECT_EQ(seen(*session, 1)[0], 2.0);
}

TEST(LearnedModel, WidthsOutside) {
  const auto outside = [](const std::vector<double>& state) {
    const std::vector<double> low{0.0, 1.0}, high{2.0, 1.0};
    return widths_outside<double>(low, high, state);
  };
  EXPECT_EQ(outside({1.0, 1.0}), 0.0);
  EXPECT_EQ(outside({3.0, 1.0}), 0.5);
  EXPECT_EQ(outside({1.0, 1.1}), 1.0) << "what never moved";
  EXPECT_EQ(outside({1.0, 1.0 + 1e-9}), 0.0) << "a float's rounding";
  EXPECT_TRUE(std::isinf(outside({NAN, 1.0})));
}

TEST(LearnedModel, WhatNeverMovedInTrainingIsHeld) {
  // Two dimensions, the second a constant of the demonstrations, which the law knows to a hundredth.
  LearnedModelParts parts{"linear", 1, {}, {}, {-5.0, 0.1}, {5.0, 0.1}, {}};
  parts.members = {make_linear_law({3, 2, {0.0, 0.0, 1.0, 0.0, 0.0, 0.0}, {0.0, 1e-3}, {0.1, 0.0, 0.0, 0.01}})};
  for (const auto& model : {make_learned_model(parts), make_learned_model(parts)->most_likely()}) {
    for (const double goal : {0.1, 0.4}) {
      Moment moment({0.0});
      moment.observations = {0.0, goal};
      const auto session = model->session(1);
      session->start(NoiseKey(1), moment.at());
      for (std::uint32_t h = 0; h < 20; ++h) {
        moment.h.assign(1, h);
        session->step({moment.ids, moment.h, {}, std::vector<double>{0.1}});
      }
      EXPECT_NEAR(seen(*session, 2)[0], 2.0, 1.5) << "the first is followed";
      EXPECT_EQ(seen(*session, 2)[1], goal);
      EXPECT_EQ(session->left_range()[0], goal == 0.1 ? kNever : 0U);
    }
  }
}

/// Counts how often it is told what is seen.
class CountingLaw final : public IncrementLaw {
 public:
  class Session final : public IncrementSession {
   public:
    Session(const CountingLaw& law, std::unique_ptr<IncrementSession> inner) : law_(law), inner_(std::move(inner)) {}
    void begin(std::span<const double> inputs) override {
      ++law_.begun;
      inner_->begin(inputs);
    }
    void draw(const NoiseKey& stream, Ids ids, std::span<const std::uint32_t> h, std::span<double> out) override {
      inner_->draw(stream, ids, h, out);
    }
    void mode(std::span<double> out) override { inner_->mode(out); }
    void log_density(std::span<const double> increments, std::span<double> out) override {
      inner_->log_density(increments, out);
    }
    void integral_transform(std::span<const double> increments, std::span<double> out) override {
      inner_->integral_transform(increments, out);
    }

   private:
    const CountingLaw& law_;
    std::unique_ptr<IncrementSession> inner_;
  };
  [[nodiscard]] std::size_t inputs() const override { return inner_->inputs(); }
  [[nodiscard]] std::size_t dim() const override { return inner_->dim(); }
  [[nodiscard]] std::unique_ptr<IncrementSession> session(std::size_t lanes) const override {
    return std::make_unique<Session>(*this, inner_->session(lanes));
  }
  mutable std::size_t begun = 0;

 private:
  std::shared_ptr<const IncrementLaw> inner_ = scalar(0.0, 0.1);
};

TEST(LearnedModel, AStepLooksOnceWhateverItAsks) {
  const auto law = std::make_shared<CountingLaw>();
  const auto model = make_learned_model(parts_of({law, scalar(0.1, 0.1)}));
  const Moment moment({0.5});
  const auto session = model->session(1);
  session->start(NoiseKey(1), moment.at());
  session->step({moment.ids, moment.h, {}, std::vector<double>{0.0}});
  EXPECT_EQ(law->begun, 1U) << "modes to compare, and a draw";
}

TEST(LearnedModel, WhatDoesNotFitIsRefused) {
  EXPECT_THROW(make_learned_model(parts_of({})), UsageError);
  EXPECT_THROW(make_learned_model(parts_of({make_linear_law({3, 1, {0, 0, 0}, {0}, {1}})})), UsageError);
  LearnedModelParts parts = parts_of({scalar(0.0, 1.0)});
  parts.geometry.circles = {0};
  EXPECT_THROW(make_learned_model(parts), UsageError) << "a circle takes two columns";
}

}  // namespace
}  // namespace pianola
