#include "pianola/cli/audit_page.hpp"

#include <gtest/gtest.h>

#include "audits/audit_plans.hpp"

namespace pianola::cli {
namespace {

AuditedLoop audited() {
  AuditedLoop loop;
  loop.plan = checked_plan(test::audit_plan("scalar_linear:a=0.9,b=1,horizon=30,low=-6,high=6", "uniform:bins=4097"));
  loop.result = run_audits(loop.plan);
  loop.verdict = judge(loop.plan, loop.result.findings);
  loop.witness_files = {{"it costs 1", "pianola audit --replay w.json"}};
  return loop;
}

TEST(AuditPage, SaysTheVerdictAndTheThreeNumbersBehindIt) {
  const AuditedLoop loop = audited();
  const Page page = audit_page(loop, "pianola audit …");
  const std::string html = page.html();
  for (const char* text : {"SAFE", "measured regret", "upper bound", "tolerated", "pianola audit --replay w.json"}) {
    EXPECT_NE(html.find(text), std::string::npos) << text;
  }
  EXPECT_GE(page.charts().size(), 6u);
  for (const AuditSection& section : loop.result.sections) {
    EXPECT_EQ(html.find(">" + section.title + "</h2>") != std::string::npos, !section.fields.is_null())
        << section.title;
    EXPECT_NE(html.find(section.title), std::string::npos) << "named at the end, if not computed";
  }
}

TEST(AuditPage, TheExpertIsSafeByNoEstimate) {
  AuditedLoop loop;
  loop.plan =
      checked_plan(test::audit_plan("scalar_linear:a=0.9,b=1,horizon=30", "uniform:bins=5,low=-6,high=6", "expert"));
  loop.result = run_audits(loop.plan);
  loop.verdict = judge(loop.plan, loop.result.findings);
  const std::string html = audit_page(loop, "pianola audit …").html();
  EXPECT_NE(html.find("SAFE: this is the expert itself"), std::string::npos);
  EXPECT_EQ(html.find("by an estimate"), std::string::npos);
}

TEST(AuditPage, NamesInOneLineWhatWasNotComputed) {
  AuditSection found, left_out, other;
  found.title = "Found", found.fields = {{"C", 1.0}};
  left_out.title = "When training stopped", left_out.summary = "One set of weights.";
  other.title = "Re-anchoring", other.summary = "audit --controller augmented";
  EXPECT_EQ(not_computed({found, left_out, other}),
            "Not computed: When training stopped (One set of weights); Re-anchoring (audit --controller augmented).");
  EXPECT_EQ(not_computed({found}), "");
  const std::string text = audit_text(audited());
  EXPECT_NE(text.find("Not computed: When training stopped"), std::string::npos) << text;
  EXPECT_EQ(text.find("\nRe-anchoring: "), std::string::npos) << "no paragraph of its own";
}

TEST(AuditPage, ShowsARefutedBound) {
  AuditedLoop loop = audited();
  for (CertificateFinding& c : loop.result.findings.certificates) c.refuted = c.form == "closed_loop";
  const std::string html = audit_page(loop, "pianola audit …").html();
  EXPECT_NE(html.find("refuted bound"), std::string::npos);
  EXPECT_NE(html.find("one of its inputs is false"), std::string::npos);
  EXPECT_EQ(audit_page(audited(), "pianola audit …").html().find("refuted bound"), std::string::npos);
}

TEST(AuditPage, AnAuditThatDidNotRunIsNull) {
  AuditSection section;
  section.name = "stability", section.fields = {{"C", 1.0}}, section.notes = {"sampled"};
  const auto fields = section_fields({section});
  for (const AuditEntry& audit : audits()) {
    ASSERT_TRUE(fields.contains(audit.name)) << audit.name;
    EXPECT_EQ(fields[audit.name].is_null(), audit.name != "stability");
  }
  EXPECT_EQ(section_notes({section}), std::vector<std::string>{"stability: sampled"});
}

TEST(AuditPage, TheTextFitsATerminal) {
  const std::string text = audit_text(audited());
  EXPECT_NE(text.find("SAFE"), std::string::npos);
  EXPECT_NE(text.find("Stability of the plant"), std::string::npos);
}

}  // namespace
}  // namespace pianola::cli
