#include <gtest/gtest.h>

#include "audit_plans.hpp"

namespace pianola {
namespace {

AuditSection section_of(const AuditPlan& plan) {
  AuditFindings findings;
  for (const AuditEntry& entry : audits()) {
    if (entry.name == "resync") return entry.run(plan, findings);
  }
  return {};
}

TEST(Resync, RecommendsAnMAndNamesThoseThatAreAsGood) {
  const AuditSection section = section_of(checked_plan(
      test::audit_plan("scalar_linear:a=1.05,b=1,horizon=120", "uniform:bins=65,low=-3,high=3", "augmented")));
  EXPECT_FALSE(section.fields["recommended_resync_every"].is_null()) << "never is the one that must fail";
  EXPECT_EQ(section.fields["rows"].size(), 8U);  // 1, 2, 5, 10, 20, 50, 100, never
  EXPECT_TRUE(section.fields["rows"].back()["resync_every"].is_null());
  EXPECT_FALSE(section.fields["rows"].back()["as_good_as_best"].get<bool>());
  EXPECT_EQ(section.table.rows.size(), 8U);
  EXPECT_EQ(section.pictures.size(), 1U);
  EXPECT_TRUE(section.notes.empty());
}

TEST(Resync, IsNotAsGoodAsItself) {
  const AuditSection section = section_of(
      checked_plan(test::audit_plan("scalar_linear:a=0.9,b=1,horizon=1", "uniform:bins=9,low=-3,high=3", "augmented")));
  EXPECT_EQ(section.summary, "Least regret by re-anchoring at m = ∞; as good, within 0.01 of it: none.");
}

TEST(Resync, SaysBeforehandWhatProcessNoiseCosts) {
  AuditPlan plan = test::audit_plan("tabular_mdp:coin,horizon=50", "uniform:bins=2,representatives=ends", "augmented");
  const AuditSection section = section_of(checked_plan(plan));
  EXPECT_EQ(section.fields["recommended_resync_every"], 1);
  ASSERT_EQ(section.notes.size(), 1U);
  EXPECT_NE(section.notes[0].find("process noise"), std::string::npos);
}

TEST(Resync, OtherControllersHaveNoAuxiliaryState) {
  const AuditSection section =
      section_of(checked_plan(test::audit_plan("scalar_linear:a=0.9,b=1", "uniform:bins=9,low=-3,high=3")));
  EXPECT_TRUE(section.fields.is_null());
  EXPECT_NE(section.summary.find("--controller augmented"), std::string::npos);
}

}  // namespace
}  // namespace pianola
