#include "pianola/cli/advise_page.hpp"

#include <gtest/gtest.h>

#include "audits/made_up_advice.hpp"
#include "pianola/audits/advice_choice.hpp"
#include "pianola/audits/advice_levers.hpp"
#include "pianola/audits/advice_reasons.hpp"

namespace pianola::cli {
namespace {

AdvisedCase case_of(Advice advice) {
  judge(advice);
  advice.levers = quantization_levers(advice);
  advice.lever = lever_to_pull(advice);
  advice.deploy = "feedback";
  advice.reasons = reasons_of(advice);
  return {std::move(advice), "demos.hdf5", "gymnasium:Hopper-v4", "mlp:Hopper.hdf5"};
}

TEST(AdvisePage, TextBeginsWithWhatToDo) {
  const std::string text = advice_text(case_of(test::saturating_advice()));
  EXPECT_EQ(text.find("Use uniform:bins=5,representatives=ends, played by feedback"), 0u) << text;
  std::size_t at = 0;
  for (const char* start :
       {"It costs 6.97 bits", "Why: the lever is representatives", "Not tried: ", "demos.hdf5", "- uniform:bins=5"}) {
    const std::size_t found = text.find(start, at);
    ASSERT_NE(found, std::string::npos) << start << " is not behind what comes before it:\n" << text;
    at = found;
  }
  EXPECT_NE(text.find("saturation"), std::string::npos);
}

TEST(AdvisePage, WhatTheLearnedPoliciesSayComesFirst) {
  Advice advice = test::saturating_advice();
  BestResolution best;
  best.trajectories = 20, best.quantizers = 3, best.quantizer = "uniform:bins=3,representatives=ends", best.bits = 4.75;
  best.controller = "feedback", best.total = {100.0, 90.0, 110.0, 8}, best.total_return = {3617.0, 3607.0, 3627.0, 8};
  advice.best_resolutions = {best};
  const AdvisedCase advised = case_of(advice);
  const auto json = advice_json(advised);
  EXPECT_EQ(json["recommendation"], "uniform:bins=3,representatives=ends");
  EXPECT_EQ(json["recommended_by"], "learned policies");
  EXPECT_EQ(json["replay_recommendation"], "uniform:bins=5,representatives=ends");
  EXPECT_DOUBLE_EQ(json["bits_per_action"].get<double>(), 4.75);
  EXPECT_DOUBLE_EQ(json["regret"]["value"].get<double>(), 100.0);
  EXPECT_DOUBLE_EQ(json["return"]["value"].get<double>(), 3617.0);
  EXPECT_EQ(advice_text(advised).find("Use uniform:bins=3,representatives=ends"), 0u);
}

TEST(AdvisePage, EachDifferenceHasItsInterval) {
  const auto json = advice_json(case_of(test::saturating_advice()));
  EXPECT_EQ(json["judged_rollouts"], 8);
  EXPECT_NE(json["rule"].get<std::string>().find("fewest bits"), std::string::npos);
  for (const auto& row : json["candidates"]) {
    if (row["controller"] != "quantized") continue;
    ASSERT_TRUE(row["above_least"].is_object()) << row["quantizer"];
    EXPECT_EQ(row["above_least"]["n"], 8);
  }
}

TEST(AdvisePage, DrawsTheCandidatesTheActionsAndTheLevers) {
  const Page page = advice_page(case_of(test::saturating_advice()), "pianola advise demos.hdf5");
  EXPECT_EQ(page.charts().size(), 5u);
  EXPECT_NE(page.html().find("saturation"), std::string::npos);
}

TEST(AdvisePage, LearnersGetAPictureOfTheirOwn) {
  Advice advice = test::saturating_advice();
  AdviceLearner learner;
  learner.name = "runs/first", learner.quantizer = "uniform", learner.controller = "feedback";
  learner.quantization = {1.0, 0.0, 2.0, 5}, learner.statistical = {5.0, 4.0, 6.0, 5},
  learner.total = {6.0, 5.0, 7.0, 5};
  advice.learners = {learner};
  EXPECT_EQ(advice_page(case_of(advice), "").charts().size(), 6u);
}

TEST(AdvisePage, WhatDoesNotExistIsNull) {
  const auto json = advice_json(case_of(test::saturating_advice()));
  EXPECT_TRUE(json["rate"].is_null());
  EXPECT_TRUE(json["candidates"][0]["certificates"]["feedback"].is_null());
  EXPECT_EQ(json["recommendation"], "uniform:bins=5,representatives=ends");
}

}  // namespace
}  // namespace pianola::cli
