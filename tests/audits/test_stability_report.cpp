#include "pianola/audits/stability_report.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "pianola/report/numbers.hpp"

namespace pianola {
namespace {

GainFindings found_with(double low, double eta, double high, std::size_t violations = 0, std::size_t n = 200) {
  GainFindings found;
  found.eta = {eta, low, high, n};
  found.envelope = {2.0, eta, 10.0};
  found.gains = {2.0, 1.0, 0.5};
  found.radius = 0.4;
  found.violations = clopper_pearson(violations, n);
  return found;
}

/// Impulses of 0.4, 0.04 and 0.004, and a derivative that grows; gains of the second reach the envelope.
LoopFindings loop_of(const GainFindings& found) {
  LoopFindings loop;
  loop.found = found;
  loop.magnitudes = {0.4, 0.04, 0.004, 4e-7};
  loop.fitted = 3;
  loop.binding = 1;
  loop.measured.gains = found.gains;
  loop.measured.by_magnitude = {{1.0, 0.5, 0.2}, {2.0, 1.0, 0.5}, {1.5, 0.8, 0.4}, {2e6, 1e6, 1e6}};
  loop.by_magnitude = {{1.0, 0.5, 1.7}, {2.0, 0.5, 3.5}, {1.5, 0.5, 2.7}, {2e6, 0.8, 4e6}};
  loop.verified.trajectories = 200;
  loop.verified.max_form = 7.0;
  return loop;
}

TEST(StabilityReport, CallsStableOnlyWhatFreshPerturbationsConfirm) {
  EXPECT_EQ(stability_verdict(found_with(0.8, 0.9, 0.95)), "exponentially stable");
  EXPECT_EQ(stability_verdict(found_with(0.8, 0.9, 0.95, 3)), "exponentially stable") << "at most 4.3 %";
  const auto verdict = [](std::size_t violations, std::size_t n) {
    return stability_verdict(found_with(0.8, 0.9, 0.95, violations, n));
  };
  EXPECT_EQ(verdict(0, 72), "exponentially stable");
  EXPECT_NE(verdict(0, 71).find("72 without one are the fewest"), std::string::npos) << verdict(0, 71);
  EXPECT_NE(verdict(6, 200).find("more of them would tell"), std::string::npos) << "3 %, up to 6.4 %";
  EXPECT_EQ(verdict(8, 80).find("would tell"), std::string::npos) << "10 %, from 4.4 %";
  EXPECT_NE(verdict(8, 80).find("not shown to be"), std::string::npos);
  const GainFindings violated = found_with(0.8, 0.9, 0.95, 33);  // 16.5 %, at least 11.6 %
  EXPECT_FALSE(violated.exponentially_stable());
  EXPECT_NE(stability_verdict(violated).find("16.5 % of 200 fresh trajectories leave the envelope, at least"),
            std::string::npos)
      << stability_verdict(violated);
  GainFindings exact = found_with(0.8, 0.9, 0.95, 0, 40);
  exact.basis = Basis::exact;
  EXPECT_TRUE(exact.exponentially_stable()) << "its few fresh trajectories are a check, no source";
  exact.violations = violated.violations;
  EXPECT_FALSE(exact.exponentially_stable());
  GainFindings unverified = found_with(0.8, 0.9, 0.95);
  unverified.violations = {};
  EXPECT_TRUE(unverified.exponentially_stable()) << "nobody looked";
}

TEST(StabilityReport, AnEnvelopeThatThePairsLeaveOpenIsNoClaim) {
  GainFindings found = found_with(0.8, 0.9, 0.95);  // C = 2
  found.least_c = 0.5;
  EXPECT_TRUE(found.exponentially_stable()) << "a factor of 4 is what may be";
  found.least_c = 0.25;
  EXPECT_FALSE(found.exponentially_stable());
  const std::string verdict = stability_verdict(found);
  EXPECT_NE(verdict.find("not determined by these pairs, of which eighths give C from 0.25 to 2"), std::string::npos)
      << verdict;
  found.violations = clopper_pearson(33, 200);
  EXPECT_NE(stability_verdict(found).find("and 16.5 % of 200 fresh trajectories"), std::string::npos);
  const LoopFindings loop = loop_of(found);
  EXPECT_EQ(stability_table(loop, loop).rows[0][1], "0.25 to 2");
  LoopFindings closed = loop_of(found_with(0.8, 0.9, 0.95));
  closed.found.least_c = 0.25, closed.found.envelope.sum = 4.0;
  const LoopFindings open = loop_of(found_with(0.99, 1.02, 1.1));
  EXPECT_FALSE(gains_tell_of_feedback(open, closed)) << "a sum that another seed would not find";
  closed.found.least_c = 2.0;
  EXPECT_TRUE(gains_tell_of_feedback(open, closed));
}

TEST(StabilityReport, SaysThatPairsShareTheNoiseOfAStochasticExpert) {
  const LoopFindings open = loop_of(found_with(0.8, 0.9, 0.95));
  LoopFindings closed = open;
  EXPECT_EQ(stability_summary(open, closed).find("share its noise"), std::string::npos);
  closed.shares_choices = true;
  EXPECT_NE(stability_summary(open, closed).find("two runs of a pair share its noise"), std::string::npos);
}

TEST(StabilityReport, SaysWhatFeedbackSavesInReturnWhereItWasMeasured) {
  EXPECT_EQ(feedback_in_return({}, true), "");
  EXPECT_NE(feedback_in_return({}, false).find("audit --controller augmented"), std::string::npos);
  FeedbackFindings measured{{3.0, 2.0, 4.0, 100}, {50.0, 40.0, 60.0, 100}, {47.0, 37.0, 57.0, 100}};
  for (const bool told : {true, false}) {
    EXPECT_EQ(feedback_in_return(measured, told), " In return: regret " + format_estimate(measured.feedback) +
                                                      " with feedback (m = 1), " + format_estimate(measured.without) +
                                                      " without (m = ∞), a paired difference of " +
                                                      format_estimate(measured.saves) + ": feedback saves return.");
  }
  measured.saves = {-2.0, -3.0, -1.0, 100};
  EXPECT_NE(feedback_in_return(measured, false).find("feedback costs more"), std::string::npos);
  measured.saves = {1.0, -3.0, 5.0, 100};
  EXPECT_NE(feedback_in_return(measured, false).find("not told"), std::string::npos);
}

TEST(StabilityReport, DecidesByTheLimitsOfEta) {
  EXPECT_NE(stability_verdict(found_with(0.995, 1.003, 1.014)).find("not decided"), std::string::npos);
  EXPECT_NE(stability_verdict(found_with(0.9, 0.98, 1.01)).find("not decided"), std::string::npos);
  EXPECT_NE(stability_verdict(found_with(1.01, 1.05, 1.1)).find("grow"), std::string::npos);
}

TEST(StabilityReport, SaysWhatFeedbackSavesOrThatItSavesNothing) {
  const LoopFindings open = loop_of(found_with(0.99, 1.02, 1.1));
  LoopFindings closed = open;
  closed.found.envelope.sum = 4.0;
  EXPECT_NE(stability_summary(open, closed)
                .find("Feedback saves: over the horizon an error of the action is amplified 4 "
                      "times in the loop, 10 times without"),
            std::string::npos)
      << stability_summary(open, closed);
  closed.found.envelope.sum = 40.0;
  closed.verified.max_form = 3.0;
  const std::string text = stability_summary(open, closed);
  EXPECT_NE(text.find("do not tell what feedback saves"), std::string::npos) << text;
  EXPECT_NE(text.find("at most 3 times their size in the loop, 7 times without"), std::string::npos) << text;
}

TEST(StabilityReport, NothingIsSavedThatFreshPerturbationsContradict) {
  const LoopFindings open = loop_of(found_with(0.99, 1.02, 1.1));
  LoopFindings closed = loop_of(found_with(0.8, 0.9, 0.95, 33));
  closed.found.envelope.sum = 4.0;
  EXPECT_EQ(stability_summary(open, closed).find("Feedback saves"), std::string::npos) << "16.5 % leave its envelope";
  closed = loop_of(found_with(0.8, 0.9, 0.95));
  closed.found.envelope.sum = 4.0;
  EXPECT_NE(stability_summary(open, closed).find("Feedback saves"), std::string::npos);
  closed.verified.max_form = 17.0;
  EXPECT_EQ(stability_summary(open, closed).find("Feedback saves"), std::string::npos) << "they move the state further";
}

TEST(StabilityReport, AStablePlantForgetsByItself) {
  const LoopFindings open = loop_of(found_with(0.8, 0.9, 0.95));
  LoopFindings closed = open;
  closed.found.envelope.sum = 40.0;
  const std::string text = stability_summary(open, closed);
  EXPECT_NE(text.find("forgets errors by itself"), std::string::npos) << text;
  EXPECT_NE(text.find("10 times without feedback, 40 times in the loop"), std::string::npos) << text;
}

TEST(StabilityReport, ShowsEachMagnitudeAndWhichOneSetsC) {
  const LoopFindings loop = loop_of(found_with(0.8, 0.9, 0.95));
  const Table table = stability_table(loop, loop);
  ASSERT_EQ(table.rows.size(), 10u);
  EXPECT_EQ(table.rows[2][0], "open, impulses, sets C");
  EXPECT_EQ(table.rows[4][0], "open, derivative, not in the fit");
  const auto notes = stability_notes(loop, "open loop");
  const auto said = [&](const std::string& words) {
    return std::ranges::any_of(notes, [&](const std::string& note) { return note.find(words) != std::string::npos; });
  };
  EXPECT_TRUE(said("impulses of 0.04 set C"));
  EXPECT_TRUE(said("from 0.004 to 0.4"));
  EXPECT_TRUE(said("smaller perturbations are amplified more"));
  EXPECT_FALSE(said("ends one of the two runs"));
}

TEST(StabilityReport, LimitsOfEtaShowOnWhichSideOfOneTheyLie) {
  const LoopFindings loop = loop_of(found_with(0.9999712, 0.99999, 1.0000123));
  const std::string eta = stability_table(loop, loop).rows[0][2];
  EXPECT_NE(eta.find("[0.99997, 1.00001]"), std::string::npos) << eta;
  const LoopFindings far = loop_of(found_with(0.8, 0.9, 0.95));
  EXPECT_EQ(stability_table(far, far).rows[0][2], format_estimate(far.found.eta));
}

TEST(StabilityReport, CountsRunsThatEnd) {
  LoopFindings loop = loop_of(found_with(0.8, 0.9, 0.95));
  loop.verified.stopped = 12;
  const auto note = stability_notes(loop, "open loop").back();
  EXPECT_NE(note.find("12 of 200"), std::string::npos) << note;
  EXPECT_NE(note.find("lost in δ"), std::string::npos) << note;
  loop.found.basis = Basis::exact;
  EXPECT_NE(stability_notes(loop, "open loop").back().find("the plant's limit"), std::string::npos);
}

TEST(StabilityReport, DrawsGainsAndEnvelope) {
  const AuditPicture picture = gain_picture(loop_of(found_with(0.8, 0.9, 0.95)), "Gains");
  const std::string chart = picture.chart.dump();
  EXPECT_NE(chart.find("measured"), std::string::npos);
  EXPECT_NE(chart.find("C·η^lag"), std::string::npos);
}

}  // namespace
}  // namespace pianola
