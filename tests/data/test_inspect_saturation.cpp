#include "pianola/data/inspect_saturation.hpp"

#include <gtest/gtest.h>

namespace pianola {
namespace {

/// 1000 steps of two dimensions in [-2, 1] and [-1, 1].
Inspection two_dimensions() {
  Inspection seen;
  seen.info.action_dim = 2;
  seen.steps = 1000;
  seen.actions.min = {-2.0, -1.0};
  seen.actions.max = {1.0, 1.0};
  return seen;
}

TEST(FindSaturation, SharesByDimensionAndOverAll) {
  Inspection seen = two_dimensions();
  seen.range = {{-1.0, -1.0}, {1.0, 1.0}};
  seen.saturated_fraction = {0.6, 0.2};
  seen.outside_fraction = {0.5, 0.0};
  std::vector<Problem> found;
  find_saturation(seen, {}, found);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found.front().where, "action dimensions 0 and 1");
  EXPECT_EQ(found.front().what,
            "60 % and 20 % of the actions lie at or beyond the range [-1, 1] (40 % of all dimensions together), 50 % "
            "beyond it: they span [-2, 1]");
  EXPECT_NE(found.front().remedy.find("representatives=ends"), std::string::npos);
}

TEST(FindSaturation, ADimensionAloneIsItsOwnTotal) {
  Inspection seen = two_dimensions();
  seen.range = {{-1.0, -1.0}, {1.0, 1.0}};
  seen.saturated_fraction = {0.0, 0.2};
  seen.outside_fraction = {0.0, 0.0};
  std::vector<Problem> found;
  find_saturation(seen, {}, found);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found.front().what, "20 % of the actions lie at or beyond the range [-1, 1]");
}

TEST(FindSaturation, WithoutARangeManyEqualExtremesBetrayOne) {
  const Inspection seen = two_dimensions();
  InspectionFacts facts;
  facts.at_min = {9, 400};
  facts.at_max = {1, 1};
  std::vector<Problem> found;
  find_saturation(seen, facts, found);
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].where, "action dimension 1");
  EXPECT_EQ(found[0].what, "40 % of the actions are exactly the smallest, -1: they were saturated");
  EXPECT_EQ(found[1].severity, Severity::note) << "that no range is recorded";
}

TEST(WhereOfActions, NamesThemWhereTheyAreFew) {
  Inspection seen = two_dimensions();
  const std::vector<std::size_t> both{0, 1}, one{1};
  EXPECT_EQ(where_of_actions(seen, both), "action dimensions 0 and 1");
  seen.info.action_names = {"elbow", "wrist"};
  EXPECT_EQ(where_of_actions(seen, both), "action dimensions 0 (elbow) and 1 (wrist)");
  EXPECT_EQ(where_of_actions(seen, one), "action dimension 1 (wrist)");
  EXPECT_TRUE(is_linear_action(seen, 1)) << "no kinds: all linear";
  seen.info.action_kinds = {ActionKind::linear, ActionKind::angle};
  EXPECT_FALSE(is_linear_action(seen, 1));
}

}  // namespace
}  // namespace pianola
