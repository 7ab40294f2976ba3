#include "pianola/audits/advice_choice.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "audits/made_up_advice.hpp"
#include "pianola/base/error.hpp"
#include "property.hpp"

namespace pianola {
namespace {

/// mean ± swing, alternating.
std::vector<double> around(double mean, double swing, std::size_t count = 8) {
  std::vector<double> out;
  for (std::size_t i = 0; i < count; ++i) out.push_back(mean + (i % 2 == 0 ? swing : -swing));
  return out;
}

TEST(AdviceChoice, TheCoarsestThatIsAsGoodAsTheBest) {
  const std::vector<ChoiceRow> rows{{around(0.0, 1.0), 8.0}, {around(0.4, 1.0), 4.0}, {around(0.9, 1.0), 2.0}};
  const Choice choice = choose(rows, 0.5);
  EXPECT_EQ(choice.least, 0u);
  EXPECT_EQ(choice.chosen, 1u) << "the third is worse by more than the margin";
  EXPECT_TRUE(choice.standings[1].as_good);
  EXPECT_FALSE(choice.standings[2].as_good);
  EXPECT_DOUBLE_EQ(choice.standings[2].above_least.value, 0.9);
  EXPECT_EQ(choice.rollouts, 8u);
}

// Nine bins that lose 2.56 are no advice beside seventeen that lose 1.59, whoever was played first.
TEST(AdviceChoice, AClearlyBetterFinerOneIsNotPassedBy) {
  const std::vector<ChoiceRow> rows{{around(2.56, 0.1), 3.17}, {around(1.59, 0.1), 4.09}};
  EXPECT_EQ(choose(rows, 0.5).chosen, 1u);
  EXPECT_EQ(choose(rows, 0.96).chosen, 1u);
  EXPECT_EQ(choose(rows, 1.0).chosen, 0u) << "0.97 is then less than counts";
}

// d = 0.4 of a margin 0.5. Over eight rollouts d ± s has the half-width 2.365·s·√(8/7)/√8 = 0.894·s: with s = 0.3 it
// is [0.13, 0.67], told apart and perhaps more than counts; with s = 0.1 [0.31, 0.49], with s = 0.6 [−0.14, 0.94].
TEST(AdviceChoice, TheIntervalDecidesWithinTheMargin) {
  const auto with = [](double swing) {
    return choose(std::vector<ChoiceRow>{{around(0.0, 0.0), 8.0}, {around(0.4, swing), 4.0}}, 0.5);
  };
  EXPECT_EQ(with(0.1).chosen, 1u) << "less than counts";
  EXPECT_EQ(with(0.3).chosen, 0u);
  EXPECT_EQ(with(0.6).chosen, 1u) << "not told apart";
  EXPECT_NEAR(with(0.3).standings[1].above_least.high, 0.4 + 0.894 * 0.3, 1e-3);
}

TEST(AdviceChoice, OneFallIsNotHiddenByItsOwnInterval) {
  std::vector<double> fell(8, 0.0);
  fell[3] = 900.0;
  const Choice choice = choose(std::vector<ChoiceRow>{{around(0.0, 1.0), 8.0}, {fell, 4.0}}, 18.0);
  EXPECT_LT(choice.standings[1].above_least.low, 0.0);
  EXPECT_EQ(choice.chosen, 0u) << "its mean difference is 112";
}

TEST(AdviceChoice, AllAreComparedOverTheSameRollouts) {
  std::vector<double> long_one = around(1.0, 0.0, 6);
  long_one.insert(long_one.end(), 10, -100.0);  // lucky where nobody else was played
  const Choice choice = choose(std::vector<ChoiceRow>{{long_one, 4.0}, {around(0.0, 0.0, 6), 8.0}}, 0.1);
  EXPECT_EQ(choice.rollouts, 6u);
  EXPECT_EQ(choice.least, 1u);
  EXPECT_EQ(choice.chosen, 1u);
  EXPECT_DOUBLE_EQ(choice.standings[0].above_least.value, 1.0);
}

TEST(AdviceChoice, TwoRolloutsAreNoJudgement) {
  const std::vector<ChoiceRow> rows{{around(5.0, 0.0), 8.0}, {around(0.0, 0.0, 2), 2.0}};
  const Choice choice = choose(rows, 0.5);
  EXPECT_EQ(choice.chosen, 0u);
  EXPECT_FALSE(choice.standings[1].judged);
  EXPECT_FALSE(choice.provisional);
  const std::vector<ChoiceRow> few{{around(5.0, 0.0, 3), 8.0}, {around(0.0, 0.0, 2), 2.0}, {around(4.0, 0.0, 3), 9.0}};
  const Choice among_few = choose(few, 0.5);
  EXPECT_TRUE(among_few.provisional);
  EXPECT_EQ(among_few.chosen, 2u);
  EXPECT_FALSE(among_few.standings[1].judged);
}

TEST(AdviceChoice, SecondChoicesWaitUntilNothingElseIsAsGood) {
  std::vector<ChoiceRow> rows{{around(0.2, 0.0), 8.0}, {around(0.0, 0.0), 2.0, true}};
  EXPECT_EQ(choose(rows, 0.5).chosen, 0u);
  rows[0].regrets = around(3.0, 0.0);
  EXPECT_EQ(choose(rows, 0.5).chosen, 1u);
}

TEST(AdviceChoice, WhatDivergedIsNeverAsGood) {
  const double infinite = std::numeric_limits<double>::infinity();
  std::vector<double> diverged = around(0.0, 0.0);
  diverged[0] = infinite;
  EXPECT_EQ(choose(std::vector<ChoiceRow>{{diverged, 1.0}, {around(7.0, 1.0), 9.0}}, 0.5).chosen, 1u);
  EXPECT_EQ(choose(std::vector<ChoiceRow>{{diverged, 1.0}}, 0.5).chosen, 0u) << "nothing else was played";
  EXPECT_THROW(static_cast<void>(choose(std::vector<ChoiceRow>{{{}, 1.0}}, 0.5)), UsageError);
}

TEST(AdviceChoice, NothingCoarserThanTheChosenIsAsGood) {
  test::property("choice", [] {
    const std::size_t count = *rc::gen::inRange<std::size_t>(1, 12);
    const auto draw = [](int low, int high) { return static_cast<double>(*rc::gen::inRange(low, high)); };
    std::vector<ChoiceRow> rows(count);
    for (ChoiceRow& row : rows) {
      const std::size_t rollouts = *rc::gen::inRange<std::size_t>(5, 10);
      for (std::size_t i = 0; i < rollouts; ++i) row.regrets.push_back(draw(-20, 20));
      row.bits = draw(1, 9), row.second_choice = draw(0, 3) == 0.0;
    }
    const Choice choice = choose(rows, 5.0);
    RC_ASSERT(choice.standings[choice.chosen].as_good);
    RC_ASSERT(choice.standings[choice.chosen].above_least.value <= 5.0);
    for (std::size_t i = 0; i < count; ++i) {
      RC_ASSERT(choice.standings[i].above_least.value >= -1e-9);
      if (!choice.standings[i].as_good || rows[i].second_choice) continue;
      RC_ASSERT(!rows[choice.chosen].second_choice);
      RC_ASSERT(rows[choice.chosen].bits <= rows[i].bits);
    }
  });
}

TEST(AdviceChoice, CandidatesAreOrderedByTheRule) {
  Advice advice = test::saturating_advice();
  advice.candidates.push_back(test::made_up("uniform:bins=9,representatives=ends", "ends", 9, 9.51, -8.0));
  advice.candidates.push_back(test::made_up("quantile:bins=3", "quantile", 3, 4.75, -50.0));
  advice.candidates.back().regrets.resize(2);
  judge(advice);
  EXPECT_EQ(advice.recommended().quantizer.spec, "uniform:bins=5,representatives=ends");
  EXPECT_EQ(advice.least, "uniform:bins=9,representatives=ends");
  EXPECT_DOUBLE_EQ(advice.recommended().above_least.value, 3.0);
  EXPECT_EQ(advice.candidates[1].quantizer.spec, "uniform:bins=9,representatives=ends") << "as good, with more bits";
  EXPECT_EQ(advice.candidates.back().quantizer.spec, "quantile:bins=3") << "two rollouts are no judgement";
  EXPECT_FALSE(advice.candidates.back().judged);
  EXPECT_EQ(advice.judged_rollouts, 8u);
}

TEST(AdviceChoice, TheRuleSaysWhenItIsProvisional) {
  Advice advice = test::saturating_advice();
  judge(advice);
  EXPECT_EQ(rule_text(advice).find("provisional"), std::string::npos) << rule_text(advice);
  EXPECT_NE(rule_text(advice).find("least regret (its own)"), std::string::npos) << rule_text(advice);
  for (AdviceCandidate& c : advice.candidates) c.regrets.resize(3);
  judge(advice);
  EXPECT_NE(rule_text(advice).find("provisional: 3 rollouts are fewer than the 5"), std::string::npos)
      << rule_text(advice);
}

AdviceLearner learner(std::size_t n, double total, const std::string& quantizer, double bits, bool noise = false) {
  AdviceLearner out;
  out.quantizer = quantizer, out.controller = "feedback", out.bits = bits;
  out.trajectories = n, out.noise_injected = noise;
  out.regrets = around(total, 1.0);
  out.total = mean_estimate(out.regrets);
  return out;
}

TEST(AdviceChoice, BestResolutionGrowsWithTheTrajectories) {
  const std::vector<AdviceLearner> learners{
      learner(20, 5.0, "fine", 6.0),    learner(20, 9.0, "coarse", 3.0),      learner(10, 30.0, "fine", 6.0),
      learner(10, 12.0, "coarse", 3.0), learner(20, 0.0, "noisy", 1.0, true),
  };
  const auto best = best_resolutions(learners, 1.0);
  ASSERT_EQ(best.size(), 2u);
  EXPECT_EQ(best[0].quantizer, "coarse");
  EXPECT_EQ(best[1].quantizer, "fine");
  EXPECT_EQ(best[1].trajectories, 20u);
  EXPECT_EQ(best[1].quantizers, 2u) << "without the one of other data";
  EXPECT_DOUBLE_EQ(best[1].bits, 6.0);
  EXPECT_EQ(best_resolutions(learners, 5.0)[1].quantizer, "coarse") << "4 is then less than counts";
}

}  // namespace
}  // namespace pianola
