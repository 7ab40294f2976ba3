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
  seen.action_min = {-1.0};
  seen.action_max = {1.0};
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

TEST(FindProblems, ManyOfAKindAreCounted) {
  InspectionFacts facts = healthy_facts();
  for (int i = 0; i < 50; ++i) {
    facts.unreadable.push_back({Severity::error, "trajectory", "bad", "mend"});
    facts.equal_trajectories.emplace_back("a", "b");
  }
  const auto problems = find_problems(healthy(), facts);
  EXPECT_EQ(problems.size(), 42u);
  EXPECT_EQ(problems[20].what, "30 more trajectories cannot be used");
  EXPECT_EQ(problems.back().what, "30 more trajectories repeat another one");
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
  seen.action_max = seen.action_min;
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
