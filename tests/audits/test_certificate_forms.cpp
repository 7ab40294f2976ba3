#include "pianola/audits/certificate_forms.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "audits/audit_plans.hpp"

namespace pianola {
namespace {

TEST(CertificateForms, FormsSpeakOfTheirControllersOnly) {
  AuditPlan plan = test::audit_plan("scalar_linear", "uniform:bins=9", "augmented");
  EXPECT_EQ(not_covered(CertificateForm::augmented, plan), "");
  EXPECT_NE(not_covered(CertificateForm::feedback, plan), "");
  plan.controller = "augmented:resync_every=3";
  EXPECT_NE(not_covered(CertificateForm::augmented, plan), "");
  plan.controller = "augmented:execute=1";
  EXPECT_NE(not_covered(CertificateForm::augmented, plan).find("execute"), std::string::npos);
  plan.controller = "augmented:model=exact,decode=argmax";
  EXPECT_EQ(not_covered(CertificateForm::augmented, plan), "");
  plan.controller = "feedback:decode=argmax";
  EXPECT_EQ(not_covered(CertificateForm::feedback, plan), "");
  plan.controller = "quantized:rate_limit=0.1";
  EXPECT_NE(not_covered(CertificateForm::closed_loop, plan).find("rate_limit"), std::string::npos);
  plan.controller = "chunked";
  EXPECT_NE(not_covered(CertificateForm::closed_loop, plan), "");
}

CertificateFinding bound_of(double value) {
  CertificateFinding c;
  c.form = "closed_loop", c.covers = c.issued = true, c.value = value, c.basis = Basis::exact;
  return c;
}

TEST(CertificateForms, TheSmallestThatStandsIsTheOneToGoBy) {
  std::vector<CertificateFinding> found{bound_of(3.0), bound_of(1.0), bound_of(2.0)};
  EXPECT_EQ(smallest_covering(found), &found[1]);
  found[1].refuted = true;
  EXPECT_EQ(smallest_covering(found), &found[2]);
  found[2].doubted = true;
  EXPECT_EQ(smallest_covering(found), &found[0]);
  found[0].covers = false;
  EXPECT_EQ(smallest_covering(found), nullptr);
}

TEST(CertificateForms, HaveNames) {
  CertificateFinding c = bound_of(3.0);
  EXPECT_EQ(form_name(c), "closed-loop");
  EXPECT_EQ(kind_of(c), "certificate");
  c.basis = Basis::sampled;
  EXPECT_EQ(kind_of(c), "estimate");
  c.refuted = true;
  EXPECT_EQ(kind_of(c), "refuted estimate");
}

TEST(CertificateForms, AVacuousBoundIsSaidInWords) {
  CertificateFinding c = bound_of(3.0);
  EXPECT_EQ(bound_text(c), "3");
  c.value = 2e7, c.most = 100.0, c.vacuous = true;
  EXPECT_EQ(bound_text(c), "vacuous: above the most any controller can lose (100)");
  c.most_declared = false;
  EXPECT_EQ(bound_text(c), "vacuous: above the expert's absolute mean return (100)");
}

}  // namespace
}  // namespace pianola
