#include "pianola/cli/advise_page.hpp"

#include <gtest/gtest.h>

#include "audits/made_up_advice.hpp"
#include "pianola/audits/advice_levers.hpp"
#include "pianola/audits/advice_reasons.hpp"

namespace pianola::cli {
namespace {

AdvisedCase case_of(Advice advice) {
  advice.levers = quantization_levers(advice);
  advice.lever = lever_to_pull(advice);
  advice.deploy = "feedback";
  advice.reasons = reasons_of(advice);
  return {std::move(advice), "demos.hdf5", "gymnasium:Hopper-v4", "mlp:Hopper.hdf5"};
}

TEST(AdvisePage, TextBeginsWithWhatToDo) {
  const std::string text = advice_text(case_of(test::saturating_advice()));
  EXPECT_LT(text.find("uniform:bins=5,representatives=ends: 6.97 bits an action, played by feedback"),
            text.find("- uniform:bins=5"))
      << text;
  EXPECT_NE(text.find("saturation"), std::string::npos);
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
