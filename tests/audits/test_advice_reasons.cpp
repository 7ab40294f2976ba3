#include "pianola/audits/advice_reasons.hpp"

#include <gtest/gtest.h>

#include "audits/made_up_advice.hpp"
#include "pianola/audits/advice_choice.hpp"
#include "pianola/audits/advice_levers.hpp"

namespace pianola {
namespace {

Advice concluded(Advice advice) {
  advice.levers = quantization_levers(advice);
  advice.lever = lever_to_pull(advice);
  advice.deploy = "feedback";
  return advice;
}

std::string joined(const std::vector<std::string>& reasons) {
  std::string text;
  for (const std::string& reason : reasons) text += reason + "\n";
  return text;
}

TEST(AdviceReasons, SaturationIsNamedWithItsNumbers) {
  const auto reasons = reasons_of(concluded(test::saturating_advice()));
  const std::string text = joined(reasons);
  EXPECT_NE(reasons[0].find("uniform:bins=5,representatives=ends"), std::string::npos) << reasons[0];
  EXPECT_NE(text.find("saturation: 44 %"), std::string::npos) << text;
  EXPECT_NE(text.find("because actions saturate"), std::string::npos) << text;
  EXPECT_NE(text.find("It is not the resolution: uniform:bins=9"), std::string::npos) << text;
}

TEST(AdviceReasons, TheLeverIsTheOneThatPaysNotTheLargestOfItsName) {
  Advice advice = test::saturating_advice();
  AdviceCandidate finer = test::made_up("uniform:bins=9", "centre", 9, 9.51, 0.0);
  for (std::size_t i = 0; i < finer.regrets.size(); ++i) finer.regrets[i] = i % 2 == 0 ? 9000.0 : -15000.0;
  finer.regret = mean_estimate(finer.regrets);
  advice.candidates = {test::made_up("uniform:bins=5,representatives=ends", "ends", 5, 6.97, 0.0),
                       test::made_up("uniform:bins=3,representatives=ends", "ends", 3, 4.75, 500.0),
                       test::made_up("uniform:bins=5", "centre", 5, 6.97, 5.0), finer};
  const std::string text = joined(reasons_of(concluded(advice)));
  EXPECT_NE(text.find("the lever is resolution: from uniform:bins=3,representatives=ends"), std::string::npos) << text;
  EXPECT_NE(
      text.find("resolution: from uniform:bins=5 (6.97 bits an action) to uniform:bins=9 (9.51 bits) is undecided"),
      std::string::npos)
      << text;
}

TEST(AdviceReasons, SaysWhatOfflineErrorsWouldHaveChosen) {
  const std::string text = joined(reasons_of(concluded(test::saturating_advice())));
  EXPECT_NE(text.find("that reaches the plant alone would choose kmeans:k=64"), std::string::npos) << text;
}

TEST(AdviceReasons, SaysWhenNothingIsGood) {
  Advice advice = test::saturating_advice();
  advice.candidates = {test::made_up("uniform:bins=257", "centre", 257, 8.0, 3000.0)};
  EXPECT_NE(joined(reasons_of(concluded(advice))).find("no candidate is good"), std::string::npos);
}

TEST(AdviceReasons, TheNecessaryRateStandsBesideWhatSufficed) {
  Advice advice = test::saturating_advice();
  advice.rate = DataRate{0.585, {1.5}, Basis::exact, ""};
  advice.starts = {{-2.0}, {2.0}, 20};
  advice.candidates.push_back(test::made_up("uniform:bins=2", "centre", 2, 3.0, 10.0));
  advice.candidates.back().regrets.resize(2);  // too few to say that it sufficed
  judge(advice);
  const std::string text = joined(reasons_of(concluded(advice)));
  EXPECT_NE(text.find("0.585 bits a step are necessary"), std::string::npos) << text;
  EXPECT_NE(text.find("6.97 bits"), std::string::npos) << text;
  EXPECT_NE(text.find("cost no more than 186 in any of 8 rollouts, from starts drawn as those of the 20 "
                      "demonstrations, in [-2, 2]: at "
                      "most 31.2 % of such starts cost more"),  // 1 − 0.05^(1/8)
            std::string::npos)
      << text;
}

TEST(AdviceReasons, WhatLostOneRolloutDidNotHoldThePlant) {
  Advice advice = test::saturating_advice();
  advice.rate = DataRate{0.585, {1.5}, Basis::exact, ""};
  advice.starts = {{-2.0}, {2.0}, 20};
  ASSERT_LT(advice.candidates[0].regret.value, advice.tolerated);
  for (AdviceCandidate& c : advice.candidates) c.regrets[3] = 2.0 * advice.tolerated;
  judge(advice);
  const std::string text = joined(reasons_of(concluded(advice)));
  EXPECT_EQ(text.find("in any of 8 rollouts"), std::string::npos) << text;
}

TEST(AdviceReasons, TheFinestThatCostMoreIsTheFinestOfThoseThatAreShownTo) {
  Advice advice = test::saturating_advice();
  advice.rate = DataRate{0.585, {1.5}, Basis::exact, ""};
  advice.starts = {{-2.0}, {2.0}, 20};
  // Regrets of 1000 and −400, four of each: 300 ± 2.365·748/√8 = 300 ± 626, which reaches the 186 put up with.
  AdviceCandidate undecided = test::made_up("uniform:bins=17", "centre", 17, 12.3, 0.0);
  for (std::size_t i = 0; i < undecided.regrets.size(); ++i) undecided.regrets[i] = i % 2 == 0 ? 1000.0 : -400.0;
  undecided.regret = mean_estimate(undecided.regrets);
  ASSERT_GT(undecided.regret.value, advice.tolerated);
  advice.candidates.push_back(undecided);
  // Finer still, but it is not the tokens' resolution that it shows.
  advice.candidates.push_back(
      test::made_up("uniform:bins=33,representatives=ends", "ends", 33, 15.1, 3000.0, "augmented"));
  const std::string text = joined(reasons_of(concluded(advice)));
  EXPECT_NE(text.find("; the finest that cost more is uniform:bins=9 (9.51 bits an action)"), std::string::npos)
      << text;
  advice.candidates.erase(advice.candidates.begin() + 1, advice.candidates.end());
  const std::string held = joined(reasons_of(concluded(advice)));
  EXPECT_EQ(held.find("the finest that cost more"), std::string::npos) << "nobody did: " << held;
}

TEST(AdviceReasons, TheRuleIsStatedWithItsNumbers) {
  Advice advice = test::saturating_advice();
  advice.candidates.push_back(test::made_up("uniform:bins=17,representatives=ends", "ends", 17, 12.3, -8.0));
  judge(advice);
  const std::string first = reasons_of(concluded(advice))[0];
  EXPECT_NE(first.find("uniform:bins=5,representatives=ends (6.97 bits an action)"), std::string::npos) << first;
  EXPECT_NE(first.find("the fewest bits among those as good as the least regret "
                       "(uniform:bins=17,representatives=ends)"),
            std::string::npos)
      << first;
  EXPECT_NE(first.find("at most 18.6"), std::string::npos) << first;
  EXPECT_NE(first.find("over the same 8 rollouts for all"), std::string::npos) << first;
  EXPECT_NE(first.find("7 of 7 candidates were judged"), std::string::npos) << first;
}

TEST(AdviceReasons, MarginalPlantsAreNamedAsSuch) {
  Advice advice = test::saturating_advice();
  advice.rate = DataRate{0.0, {}, Basis::exact, ""};
  advice.growth = 0.9;
  EXPECT_EQ(joined(reasons_of(concluded(advice))).find("never fades"), std::string::npos);
  advice.growth = 1.0;
  EXPECT_NE(joined(reasons_of(concluded(advice))).find("never fades"), std::string::npos);
}

TEST(AdviceReasons, LearnedResolutionsStandWithTheirDifference) {
  Advice advice = test::saturating_advice();
  AdviceLearner learner;
  learner.name = "runs/first", learner.quantizer = "uniform:bins=5", learner.controller = "feedback";
  learner.regrets = {1.0, 2.0}, learner.total = mean_estimate(learner.regrets);
  advice.learners = {learner};
  BestResolution best;
  best.trajectories = 20, best.quantizer = "uniform:bins=5", best.bits = 6.97, best.quantizers = 3;
  best.total = learner.total, best.above_least = {0.5, -0.5, 1.5, 2};
  advice.best_resolutions = {best};
  const std::string text = joined(reasons_of(concluded(advice)));
  EXPECT_NE(text.find("K*(20), the coarsest of 3"), std::string::npos) << text;
  EXPECT_NE(text.find("provisional"), std::string::npos) << "of two rollouts: " << text;
}

TEST(AdviceReasons, FewerBitsThanNecessaryAreNeverPassedOffAsAdvice) {
  Advice advice = test::saturating_advice();
  advice.rate = DataRate{7.5, {5.0}, Basis::exact, ""};
  advice.starts = {{-2.0}, {2.0}, 20};
  EXPECT_TRUE(advice.below_necessary_rate());
  const std::string second = reasons_of(concluded(advice))[1];
  EXPECT_NE(second.find("warning: 6.97 bits an action are below the 7.5"), std::string::npos) << second;
  advice.rate->bits = 6.0;
  EXPECT_FALSE(advice.below_necessary_rate());
  EXPECT_EQ(joined(reasons_of(concluded(advice))).find("warning"), std::string::npos);
}

TEST(AdviceReasons, WhatWasNotMeasuredIsSaid) {
  const std::string text = joined(reasons_of(concluded(test::saturating_advice())));
  EXPECT_NE(text.find("--budget"), std::string::npos) << text;
  EXPECT_NE(text.find("no certificate or estimate"), std::string::npos) << text;
}

}  // namespace
}  // namespace pianola
