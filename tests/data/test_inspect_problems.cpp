#include "pianola/data/inspect_problems.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace pianola {
namespace {

Inspection healthy() {
  Inspection seen;
  seen.info.observation_dim = seen.info.action_dim = 1;
  seen.trajectories = seen.readable = 20;
  seen.steps = 4000;
  seen.steps_per_trajectory = {200, 200, 200.0};
  seen.actions.min = {-1.0};
  seen.actions.max = {1.0};
  seen.range = {{-2.0}, {2.0}};
  seen.saturated_fraction = seen.outside_fraction = {0.0};
  seen.returns = Estimate{1.0, 0.0, 2.0, 20};
  return seen;
}

InspectionFacts healthy_facts() {
  InspectionFacts facts;
  facts.at_min = facts.at_max = {1};
  return facts;
}

TEST(FindProblems, NoneInHealthyData) { EXPECT_TRUE(find_problems(healthy(), healthy_facts()).empty()); }

TEST(FindProblems, ErrorsComeFirstAndNotesLast) {
  Inspection seen = healthy();
  InspectionFacts facts = healthy_facts();
  seen.returns.reset();
  seen.saturated_fraction = {0.5};
  facts.partial_fields = {{"timestamps", 3}};
  const auto problems = find_problems(seen, facts);
  ASSERT_EQ(problems.size(), 3u);
  EXPECT_EQ(problems[0].severity, Severity::error);
  EXPECT_EQ(problems[1].severity, Severity::warning);
  EXPECT_EQ(problems[2].severity, Severity::note);
  for (const Problem& problem : problems) {
    EXPECT_FALSE(problem.where.empty() || problem.what.empty() || problem.remedy.empty());
  }
}

TEST(FindProblems, AFewUnreadableTrajectoriesAreExplainedAndTheOthersNamed) {
  InspectionFacts facts = healthy_facts();
  for (int i = 0; i < 50; ++i) {
    facts.unreadable.push_back(
        {Severity::error, "trajectory 'demo_" + std::to_string(i) + "'", "row " + std::to_string(i), "mend"});
  }
  const auto problems = find_problems(healthy(), facts);
  ASSERT_EQ(problems.size(), 6u);
  EXPECT_EQ(problems[4].where, "trajectory 'demo_4'");
  EXPECT_EQ(problems[5].what.rfind("45 more trajectories cannot be used: 'demo_5', ", 0), 0u);
  EXPECT_NE(problems[5].what.find("'demo_24' and 25 more"), std::string::npos) << problems[5].what;
}

TEST(FindProblems, UnreadableTrajectoriesWithOneTroubleAreOneRow) {
  InspectionFacts facts = healthy_facts();
  for (const char* name : {"a", "b", "c"}) {
    facts.unreadable.push_back({Severity::error, "trajectory '" + std::string(name) + "'", "has no actions", "mend"});
  }
  const auto problems = find_problems(healthy(), facts);
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].where, "trajectories 'a', 'b' and 'c'");
  EXPECT_EQ(problems[0].what, "has no actions");
}

TEST(FindProblems, FieldsLeftOutAreListedWithTheOnesToName) {
  Inspection seen = healthy();
  seen.info.observation_fields = {{"arm", 0, 1}, {"hand", 1, 1}};
  seen.info.left_out_fields = {{"camera", 0, 21168}, {"depth", 0, 4}};
  const auto problems = find_problems(seen, healthy_facts());
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].severity, Severity::warning);
  EXPECT_EQ(problems[0].where, "observation fields camera (21168 numbers a step) and depth (4 numbers a step)");
  EXPECT_NE(problems[0].what.find("left out"), std::string::npos);
  EXPECT_NE(problems[0].remedy.find("--observation arm,hand"), std::string::npos) << problems[0].remedy;
  seen.info.observation_fields.clear();
  EXPECT_NE(find_problems(seen, healthy_facts())[0].remedy.find("--observation camera"), std::string::npos);
}

TEST(FindProblems, WhatIsNotReadIsANote) {
  Inspection seen = healthy();
  seen.info.unread = {"task: no numbers"};
  const auto problems = find_problems(seen, healthy_facts());
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].severity, Severity::note);
  EXPECT_NE(problems[0].what.find("task: no numbers"), std::string::npos);
}

/// Twelve action dimensions, each of which has every problem that dimensions can have.
Inspection wide(InspectionFacts& facts) {
  Inspection seen = healthy();
  constexpr std::size_t kDims = 12;
  seen.info.action_dim = kDims;
  facts = {};
  for (std::size_t d = 0; d < kDims; ++d) {
    facts.at_min.push_back(d < 2 ? 0 : 400);
    facts.at_max.push_back(d >= 2 && d < 4 ? 3600 : 0);
  }
  facts.equal_actions = {{8, 9, 10, 11}};
  seen.actions.min.assign(kDims, -3.0);
  seen.actions.max.assign(kDims, 3.0);
  seen.actions.max[0] = seen.actions.max[1] = -3.0;
  return seen;
}

TEST(FindProblems, OneRowAKindNotADimension) {
  InspectionFacts facts;
  Inspection seen = wide(facts);
  facts.equal_trajectories = {{"a", "b"}, {"a", "c"}};
  seen.range = {};
  const auto problems = find_problems(seen, facts);
  std::vector<std::string> rows, remedies;
  for (const Problem& problem : problems) {
    rows.push_back(problem.where + ": " + problem.what);
    remedies.push_back(problem.remedy);
  }
  EXPECT_EQ(
      rows,
      (std::vector<std::string>{
          "action dimensions 0 and 1: constant: -3 in all 4000 steps", "action dimensions 8 to 11: equal in every step",
          "trajectories 'b' and 'c': the same numbers as 'a'; split between training and validation they leak",
          "action dimensions 4 to 11: 10 % of the actions are exactly the smallest, -3: they were saturated",
          "action dimensions 2 and 3: two values only: [-3, 3]",
          "dataset: no action range is recorded; schemes that need one take the data's extremes"}));
  std::sort(remedies.begin(), remedies.end());
  EXPECT_EQ(std::adjacent_find(remedies.begin(), remedies.end()), remedies.end()) << "a remedy is given twice";
}

TEST(FindProblems, SaturationOfSeveralDimensionsIsOneRow) {
  InspectionFacts facts;
  Inspection seen = wide(facts);
  facts.equal_actions.clear();
  facts.at_min.assign(12, 1);
  seen.range = {std::vector<double>(12, -1.0), std::vector<double>(12, 1.0)};
  seen.saturated_fraction.assign(12, 0.0);
  seen.outside_fraction.assign(12, 0.0);
  seen.saturated_fraction[5] = 0.5;
  seen.saturated_fraction[7] = 0.25;
  seen.outside_fraction[7] = 0.125;
  const auto problems = find_problems(seen, facts);
  ASSERT_EQ(problems.size(), 2u);
  EXPECT_EQ(problems[1].where, "action dimensions 5 and 7");
  EXPECT_EQ(
      problems[1].what,
      "50 % and 25 % of the actions lie at or beyond the range [-1, 1] (6.25 % of all dimensions together), 12.5 % "
      "beyond it: they span [-3, 3]");
  seen.outside_fraction = seen.saturated_fraction;
  EXPECT_EQ(find_problems(seen, facts)[1].what,
            "50 % and 25 % of the actions lie beyond the range [-1, 1] (6.25 % of all dimensions together): they span "
            "[-3, 3]");
}

TEST(UnreadableTrajectory, SaysNothingTwice) {
  const Problem nan =
      unreadable_trajectory("a.hdf5", "demo_3", "a.hdf5: trajectory 'demo_3', actions, row 1: nan; mend it");
  EXPECT_EQ(nan.where, "trajectory 'demo_3'");
  EXPECT_EQ(nan.what, "actions, row 1: nan");
  EXPECT_EQ(nan.remedy, "mend it");
  const Problem empty = unreadable_trajectory("a.hdf5", "demo_3", "a.hdf5: trajectory 'demo_3' is empty; leave it out");
  EXPECT_EQ(empty.what, "is empty");
  const Problem other = unreadable_trajectory("a.hdf5", "demo_3", "b.hdf5: strange");
  EXPECT_EQ(other.what, "b.hdf5: strange");
  EXPECT_FALSE(other.remedy.empty());
}

TEST(FindProblems, TwoValuesLookLikeASwitch) {
  Inspection seen = healthy();
  InspectionFacts facts = healthy_facts();
  facts.at_min = {1500};
  facts.at_max = {2500};
  const auto problems = find_problems(seen, facts);
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].severity, Severity::note);
  EXPECT_NE(problems[0].remedy.find("binary"), std::string::npos);
  seen.info.action_kinds = {ActionKind::binary};
  EXPECT_TRUE(find_problems(seen, facts).empty()) << "it is declared";
}

TEST(FindProblems, AnglesDoNotSaturate) {
  Inspection seen = healthy();
  seen.saturated_fraction = {0.5};
  EXPECT_EQ(find_problems(seen, healthy_facts()).size(), 1u);
  seen.info.action_kinds = {ActionKind::angle};
  EXPECT_TRUE(find_problems(seen, healthy_facts()).empty());
}

TEST(FindProblems, NamesOfDimensionsAreUsed) {
  Inspection seen = healthy();
  seen.info.action_names = {"elbow"};
  seen.actions.max = seen.actions.min;
  EXPECT_EQ(find_problems(seen, healthy_facts()).front().where, "action dimension 0 (elbow)");
}

TEST(FindProblems, SmallDatasets) {
  Inspection seen = healthy();
  seen.readable = 9;
  EXPECT_EQ(find_problems(seen, healthy_facts()).size(), 1u);
  seen.readable = 20;
  seen.steps = 999;
  EXPECT_EQ(find_problems(seen, healthy_facts()).size(), 1u);
}

TEST(SeverityName, All) {
  EXPECT_STREQ(severity_name(Severity::error), "error");
  EXPECT_STREQ(severity_name(Severity::warning), "warning");
  EXPECT_STREQ(severity_name(Severity::note), "note");
}

}  // namespace
}  // namespace pianola
