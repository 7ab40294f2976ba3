#include "pianola/audits/advice_opening.hpp"

#include <gtest/gtest.h>

#include "audits/made_up_advice.hpp"
#include "pianola/audits/advice_choice.hpp"
#include "pianola/audits/advice_levers.hpp"

namespace pianola {
namespace {

std::vector<std::string> opening(Advice advice) {
  judge(advice);
  advice.levers = quantization_levers(advice);
  advice.lever = lever_to_pull(advice);
  advice.deploy = "feedback";
  return opening_of(advice);
}

bool says(const std::string& line, const std::string& what) { return line.find(what) != std::string::npos; }

TEST(AdviceOpening, WhatToUseWhatItCostsWhyAndWhatWasNotTried) {
  const auto lines = opening(test::saturating_advice());
  ASSERT_EQ(lines.size(), 4u);
  EXPECT_EQ(lines[0], "Use uniform:bins=5,representatives=ends, played by feedback");
  // −5 ± 1 over eight: half-width 2.365·√(8/7)/√8 = 0.894
  EXPECT_TRUE(says(lines[1], "It costs 6.97 bits an action and a regret of -5.00 [-5.89, -4.11] over 8 rollouts"))
      << lines[1];
  EXPECT_TRUE(says(lines[2], "Why: the lever is representatives; from uniform:bins=5 ")) << lines[2];
  EXPECT_TRUE(says(lines[3], "Not tried: a learned policy (--run DIR, --budget M)")) << lines[3];
  EXPECT_TRUE(says(lines[3], "over 5 rollouts the lever chunking")) << lines[3];
  EXPECT_FALSE(says(lines[3], "dithering")) << lines[3];
  EXPECT_TRUE(says(lines[3], "log and zoom cells, for want of a linear model")) << lines[3];
}

TEST(AdviceOpening, WhatTheRolloutsDidNotSufficeForIsNamed) {
  Advice advice = test::saturating_advice();
  advice.unplayed = {"kmeans:k=16"};
  advice.growth = 0.9;
  const std::string last = opening(advice)[3];
  EXPECT_TRUE(says(last, "for want of rollouts kmeans:k=16 (--rollouts N)")) << last;
  EXPECT_TRUE(says(last, "the plant is stable in open loop")) << last;
  advice.growth = 1.0;
  EXPECT_FALSE(says(opening(advice)[3], "zoom")) << "they were tried";
}

AdviceLearner learned_from(const std::string& quantizer, double regret, bool noise_injected) {
  AdviceLearner learner;
  learner.quantizer = quantizer, learner.controller = "feedback", learner.bits = 6.0, learner.trajectories = 20;
  learner.noise_injected = noise_injected;
  learner.regrets.assign(8, regret);
  learner.total = mean_estimate(learner.regrets);
  return learner;
}

TEST(AdviceOpening, WhatOnlyNoiseInjectedDataHelpsIsNoLostCase) {
  Advice advice = test::saturating_advice();
  advice.learners = {learned_from("uniform:bins=5", 900.0, false), learned_from("uniform:bins=9", 800.0, false),
                     learned_from("uniform:bins=5", 7.0, true)};
  advice.best_resolutions = best_resolutions(advice.learners, advice.slack);
  ASSERT_NE(advice.learned(), nullptr);
  EXPECT_TRUE(says(opening(advice)[0], "with noise-injected ones (collect --perturb) uniform:bins=5 loses 7"))
      << opening(advice)[0];
  advice.learners.pop_back();
  EXPECT_TRUE(says(opening(advice)[0], "even the best policy that was learned")) << opening(advice)[0];
}

TEST(AdviceOpening, SchemesOfSecondChoiceThatWereAsGoodAreNamed) {
  Advice advice = test::saturating_advice();
  const auto first = [&] { return opening(advice)[0]; };
  EXPECT_FALSE(says(first(), "would do")) << first();
  AdviceCandidate zoom = test::made_up("zoom:bins=4", "zoom", 4, 6.0, 0.0);
  zoom.memory = true;
  AdviceCandidate dither = test::made_up("dither:bins=3", "dither", 3, 4.75, 400.0);
  dither.random = true;
  advice.candidates.push_back(zoom), advice.candidates.push_back(dither);
  EXPECT_TRUE(says(first(), "zoom:bins=4 would do with 6 bits ")) << first();
  EXPECT_TRUE(says(first(), "moves a scale, which the policy has to see")) << first();
  EXPECT_FALSE(says(first(), "dither:bins=3")) << "it costs more than the margin: " << first();
  const auto all_lose = [](AdviceCandidate& c, double regret) {
    c.regrets.assign(8, regret), c.regret = mean_estimate(c.regrets);
  };
  all_lose(advice.candidates.back(), 5.0);
  EXPECT_TRUE(says(first(), "dither:bins=3 would do with 4.75 bits")) << first();
  advice.candidates.back().regrets.resize(2);
  EXPECT_FALSE(says(first(), "dither:bins=3")) << "two rollouts are no judgement: " << first();
  for (AdviceCandidate& c : advice.candidates) all_lose(c, 3000.0);
  EXPECT_FALSE(says(first(), "would do")) << "where all lose everything: " << first();
}

TEST(AdviceOpening, TheBestLearnedResolutionIsTheHeadline) {
  Advice advice = test::saturating_advice();
  BestResolution best;
  best.trajectories = 10, best.quantizer = "uniform:bins=2", best.quantizers = 3;
  advice.best_resolutions = {best};
  best.trajectories = 20, best.quantizer = "uniform:bins=3,representatives=ends", best.bits = 4.75;
  best.total = {100.0, 90.0, 110.0, 8};
  advice.best_resolutions.push_back(best);
  const auto lines = opening(advice);
  EXPECT_TRUE(
      lines[0].starts_with("Use uniform:bins=3,representatives=ends, played by feedback: K*(20), the coarsest of 3"))
      << lines[0];
  EXPECT_TRUE(says(lines[0], "with nothing left to learn it would be uniform:bins=5,representatives=ends (6.97 bits"))
      << lines[0];
  EXPECT_TRUE(says(lines[1], "It costs 4.75 bits an action and a regret of 100")) << lines[1];
  EXPECT_TRUE(says(lines[1], "by the learned policy")) << lines[1];
  advice.best_resolutions.back().quantizers = 1;
  EXPECT_TRUE(opening(advice)[0].starts_with("Use uniform:bins=5,representatives=ends,"))
      << "one alone is no comparison";
}

TEST(AdviceOpening, WarnsBeforeAnythingElse) {
  Advice advice = test::saturating_advice();
  advice.rate = DataRate{7.5, {5.0}, Basis::exact, ""};
  EXPECT_TRUE(opening(advice)[0].starts_with("WARNING: nothing that was tried holds this plant"));
  advice.rate.reset();
  advice.candidates = {test::made_up("uniform:bins=257", "centre", 257, 8.0, 3000.0)};
  EXPECT_TRUE(opening(advice)[0].starts_with("WARNING: no candidate is good"));
}

}  // namespace
}  // namespace pianola
