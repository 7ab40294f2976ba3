#include "pianola/audits/advice_levers.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "audits/made_up_advice.hpp"
#include "pianola/audits/advice_choice.hpp"

namespace pianola {
namespace {

const Lever* find(const std::vector<Lever>& levers, const std::string& name) {
  const auto found = std::ranges::find(levers, name, &Lever::name);
  return found == levers.end() ? nullptr : &*found;
}

TEST(AdviceLevers, JudgesByTheIntervalAndTheMargin) {
  const AdviceCandidate worse = test::made_up("a", "centre", 5, 7.0, 100.0),
                        better = test::made_up("b", "ends", 5, 7.0, 0.0);
  EXPECT_EQ(judged_lever("x", worse, better, 10.0).verdict, Lever::Verdict::pays);
  EXPECT_EQ(judged_lever("x", better, worse, 10.0).verdict, Lever::Verdict::loses);
  EXPECT_EQ(judged_lever("x", worse, better, 200.0).verdict, Lever::Verdict::indifferent) << "within the margin";
  AdviceCandidate once = better;
  once.regrets.resize(kLeastJudged - 1);
  const Lever few = judged_lever("x", worse, once, 10.0);
  EXPECT_EQ(few.verdict, Lever::Verdict::undecided) << "however clear the few are";
  EXPECT_NE(few.text.find("over 4 rollouts, where a difference takes 5"), std::string::npos) << few.text;
  once = better;
  once.regrets.resize(kLeastJudged);
  EXPECT_EQ(judged_lever("x", worse, once, 10.0).verdict, Lever::Verdict::pays);
}

TEST(AdviceLevers, SaturationIsNotBlamedOnResolution) {
  Advice advice = test::saturating_advice();
  advice.levers = quantization_levers(advice);
  const Lever* const reach = find(advice.levers, "representatives");
  ASSERT_NE(reach, nullptr);
  EXPECT_EQ(reach->from, "uniform:bins=5");
  EXPECT_EQ(reach->to, "uniform:bins=5,representatives=ends");
  EXPECT_NEAR(reach->gain.value, 3055.0, 1e-9);
  EXPECT_EQ(lever_to_pull(advice), "representatives");
}

/// Finer bins of the other kind gain more than the recommended scheme does, but lead elsewhere.
TEST(AdviceLevers, TheLeverLeadsToWhatIsRecommended) {
  Advice advice = test::saturating_advice();
  advice.candidates = {test::made_up("quantile:bins=17", "quantile", 17, 4.09, 0.0),
                       test::made_up("uniform:bins=17", "centre", 17, 4.09, 300.0)};
  Lever scheme = judged_lever("scheme", advice.candidates[1], advice.candidates[0], advice.slack);
  Lever resolution = judged_lever("resolution", advice.candidates[1],
                                  test::made_up("uniform:bins=33", "centre", 33, 5.04, -50.0), advice.slack);
  ASSERT_GT(resolution.gain.value, scheme.gain.value);
  advice.levers = {resolution, scheme};
  EXPECT_EQ(lever_to_pull(advice), "scheme");
  advice.levers = {resolution};
  EXPECT_EQ(lever_to_pull(advice), "resolution") << "where none leads there";
}

TEST(AdviceLevers, WhatLosesInReplayIsNoLever) {
  Advice advice = test::saturating_advice();
  advice.levers = quantization_levers(advice);
  for (const char* name : {"dithering", "augmentation"}) {
    const Lever* const lever = find(advice.levers, name);
    ASSERT_NE(lever, nullptr) << name;
    EXPECT_EQ(lever->verdict, Lever::Verdict::loses) << name;
    EXPECT_NE(lever->text.find("loses"), std::string::npos) << lever->text;
  }
}

TEST(AdviceLevers, ResolutionIsNamedWhereItIsIt) {
  Advice advice = test::saturating_advice();
  advice.candidates = {test::made_up("uniform:bins=17,representatives=ends", "ends", 17, 4.1, 1.0),
                       test::made_up("uniform:bins=9,representatives=ends", "ends", 9, 3.2, 200.0),
                       test::made_up("uniform:bins=17", "centre", 17, 4.1, 2.0)};
  advice.levers = quantization_levers(advice);
  EXPECT_EQ(lever_to_pull(advice), "resolution");
}

TEST(AdviceLevers, AGainThatMayBeLargeIsNotIndifferent) {
  AdviceCandidate from = test::made_up("uniform:bins=9", "centre", 9, 3.2, 10.0);
  const AdviceCandidate to = test::made_up("uniform:bins=17", "centre", 17, 4.1, 9.6);
  EXPECT_EQ(judged_lever("resolution", from, to, 0.5).verdict, Lever::Verdict::indifferent);
  from.regrets[0] += 3.0, from.regrets[1] -= 3.0;  // the same mean, an interval beyond the slack
  EXPECT_EQ(judged_lever("resolution", from, to, 0.5).verdict, Lever::Verdict::undecided);
}

TEST(AdviceLevers, NoneIsNoClaimWhereSomeAreUndecided) {
  Advice advice = test::saturating_advice();
  EXPECT_EQ(no_lever_text(advice), "no lever pays: nothing that was compared gains more than the margin");
  advice.levers.resize(3);
  advice.levers[0].name = advice.levers[1].name = "scheme", advice.levers[2].name = "dithering";
  EXPECT_EQ(no_lever_text(advice), "no lever is shown to pay; undecided: scheme and dithering (--rollouts N)");
}

TEST(AdviceLevers, NothingToGainIsSaid) {
  Advice advice = test::saturating_advice();
  advice.candidates = {test::made_up("uniform:bins=3", "centre", 3, 1.6, 1.0),
                       test::made_up("uniform:bins=3,representatives=ends", "ends", 3, 1.6, 2.0)};
  advice.levers = quantization_levers(advice);
  EXPECT_EQ(lever_to_pull(advice), "none");
}

AdviceLearner learner(std::size_t n, double total, bool noise = false, const std::string& quantizer = "q") {
  AdviceLearner out;
  out.name = "learned", out.quantizer = quantizer, out.controller = "feedback";
  out.trajectories = n, out.noise_injected = noise;
  for (int i = 0; i < 8; ++i) out.regrets.push_back(total + (i % 2 == 0 ? 1.0 : -1.0));
  out.total = mean_estimate(out.regrets);
  out.quantization = {1.0, 0.5, 1.5, 8};
  out.statistical = {total - 1.0, total - 2.0, total, 8};
  return out;
}

TEST(AdviceLevers, WhatWasNotLearnedIsALeverOfData) {
  Advice advice = test::saturating_advice();
  advice.learners = {learner(10, 2600.0), learner(20, 2500.0), learner(20, 100.0, true)};
  advice.levers = quantization_levers(advice);
  for (const Lever& lever : learning_levers(advice)) advice.levers.push_back(lever);
  EXPECT_EQ(lever_to_pull(advice), "noise-injected data");
  const Lever* const more = find(advice.levers, "more data");
  ASSERT_NE(more, nullptr);
  EXPECT_NEAR(more->gain.value, 100.0, 1e-9);
  EXPECT_EQ(present_learner(advice.learners), &advice.learners[1]) << "of the data that there are";
  advice.learners = {learner(20, 2500.0)};
  advice.levers = quantization_levers(advice);
  EXPECT_EQ(lever_to_pull(advice), "data") << "which of the two was not tried";
}

TEST(AdviceLevers, ALuckyFewRolloutsAreNoLever) {
  Advice advice = test::saturating_advice();
  advice.candidates.push_back(test::made_up("quantile:bins=5", "quantile", 5, 6.97, 100.0));
  advice.candidates.back().regrets.resize(2);
  advice.levers = quantization_levers(advice);
  const Lever* const scheme = find(advice.levers, "scheme");
  ASSERT_NE(scheme, nullptr);
  EXPECT_EQ(scheme->to, "kmeans:k=64") << "of eight rollouts, before a better one of two";
}

}  // namespace
}  // namespace pianola
