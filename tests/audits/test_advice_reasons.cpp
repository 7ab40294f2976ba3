#include "pianola/audits/advice_reasons.hpp"

#include <gtest/gtest.h>

#include "audits/made_up_advice.hpp"
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
  const std::string text = joined(reasons_of(concluded(advice)));
  EXPECT_NE(text.find("0.585 bits a step are necessary"), std::string::npos) << text;
  EXPECT_NE(text.find("starts in [-2, 2], those of 20 demonstrations"), std::string::npos) << text;
  EXPECT_NE(text.find("6.97 sufficed"), std::string::npos) << text;
}

TEST(AdviceReasons, WhatWasPassedOverIsNamed) {
  Advice advice = test::saturating_advice();
  const auto first = [&] { return reasons_of(concluded(advice))[0]; };
  EXPECT_EQ(first().find("would do"), std::string::npos) << first();
  AdviceCandidate zoom = test::made_up("zoom:bins=4", "zoom", 4, 6.0, 0.0);
  zoom.memory = true;
  AdviceCandidate dither = test::made_up("dither:bins=3", "dither", 3, 4.75, 400.0);
  dither.random = true;
  advice.candidates.push_back(zoom), advice.candidates.push_back(dither);
  EXPECT_NE(first().find("zoom:bins=4 would do with 6 "), std::string::npos) << first();
  EXPECT_NE(first().find("moves a scale, which the policy has to see"), std::string::npos) << first();
  EXPECT_EQ(first().find("dither:bins=3"), std::string::npos) << "it costs more than the margin: " << first();
  const auto all_lose = [](AdviceCandidate& c, double regret) {
    c.regrets.assign(8, regret), c.regret = mean_estimate(c.regrets);
  };
  all_lose(advice.candidates.back(), 5.0);
  EXPECT_NE(first().find("dither:bins=3 would do with 4.75"), std::string::npos) << first();
  for (AdviceCandidate& c : advice.candidates) all_lose(c, 3000.0);
  EXPECT_EQ(first().find("would do"), std::string::npos) << "where all lose everything: " << first();
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
