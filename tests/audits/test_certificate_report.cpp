#include "pianola/audits/certificate_report.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "pianola/audits/certification.hpp"
#include "pianola/audits/refuted_certificates.hpp"

namespace pianola {
namespace {

std::vector<CertificateFinding> forms() {
  CertificateFinding feedback;
  feedback.form = "feedback";
  feedback.covers = feedback.issued = true;
  feedback.value = 6.0;
  feedback.basis = Basis::proven;
  feedback.inputs = {{"L_r", 1.0, Basis::proven, "declared"}};
  CertificateFinding augmented = feedback;
  augmented.form = "augmented", augmented.covers = false, augmented.value = 1.0;
  CertificateFinding loop;
  loop.form = "closed_loop", loop.covers = true, loop.remarks = {"the gains in the loop are infinite"};
  return {feedback, augmented, loop};
}

const Estimate kMeasured{5.0, 4.5, 5.5, 100};

TEST(CertificateReport, MarksFormsOfOtherControllersInThePicture) {
  const AuditPicture picture = certificate_picture(forms(), kMeasured, 10.0);
  std::string series;
  for (const auto& row : picture.chart["data"]["values"]) {
    const auto name = row["category"].get<std::string>();
    EXPECT_EQ(name.find("not of this controller") != std::string::npos, name.starts_with("augmented")) << name;
    if (name.starts_with("augmented")) series = row["series"].get<std::string>();
    EXPECT_FALSE(name.starts_with("closed-loop")) << "it is not issued";
  }
  EXPECT_EQ(series, "bound of another controller");
  EXPECT_NE(picture.caption.find("another controller"), std::string::npos);
}

TEST(CertificateReport, SaysWhatIsRefuted) {
  auto found = forms();
  found[0].value = 2.0;
  refute_certificates(found, kMeasured);
  const std::string text = certificate_summary(found, kMeasured);
  EXPECT_NE(text.find("The feedback form promises a regret of at most 2"), std::string::npos) << text;
  EXPECT_NE(text.find("No other form"), std::string::npos) << text;
  EXPECT_EQ(certificate_table(found).rows[0][2], "refuted bound");
  EXPECT_NE(input_notes(found)[0].find("suspect"), std::string::npos);
  EXPECT_NE(certificate_picture(found, kMeasured, 10.0).chart.dump().find("feedback (refuted bound)"),
            std::string::npos);
}

TEST(CertificateReport, SaysWhatBoundsTheRegret) {
  const auto found = forms();
  EXPECT_EQ(certificate_summary(found, kMeasured),
            "The feedback form bounds the regret of this controller by 6 (certificate).");
  const Table table = certificate_table(found);
  ASSERT_EQ(table.rows.size(), 3u);
  EXPECT_EQ(table.rows[2][2], "not issued");
  EXPECT_EQ(input_notes(found)[0], "feedback: L_r = 1, proven (declared)");
  EXPECT_EQ(certificate_summary({}, kMeasured), "No form that speaks of this controller could be issued.");
}

TEST(CertificateReport, AVacuousBoundIsNoNumber) {
  auto found = forms();
  found[0].value = 6e5, found[0].most = 50.0, found[0].vacuous = true;
  found[0].remarks = {"process noise", bound_text(found[0])};
  const std::string text = certificate_summary(found, kMeasured);
  EXPECT_NE(text.find("vacuous: above the most any controller can lose (50)"), std::string::npos) << text;
  EXPECT_EQ(text.find("600000"), std::string::npos) << text;
  const Table table = certificate_table(found);
  EXPECT_EQ(table.rows[0][1], "vacuous: above the most any controller can lose (50)");
  EXPECT_EQ(table.rows[0][4], "process noise");
  EXPECT_EQ(to_json(found[0])["value"], 6e5) << "scripts have the number";
}

TEST(CertificateReport, JsonHasNoNumberThatIsNotThere) {
  const auto json = to_json(forms()[2]);
  EXPECT_TRUE(json["value"].is_null());
  EXPECT_TRUE(json["refuted"].is_null());
  EXPECT_EQ(to_json(forms()[0])["value"], 6.0);
}

}  // namespace
}  // namespace pianola
