#include "pianola/audits/refuted_certificates.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "pianola/audits/certification.hpp"

namespace pianola {
namespace {

/// L_r proven, and one sampled input of its own.
CertificateFinding form(const std::string& name, double value, const std::string& sampled = "") {
  CertificateFinding c;
  c.form = name;
  c.covers = c.issued = true;
  c.value = value;
  c.basis = sampled.empty() ? Basis::proven : Basis::sampled;
  c.inputs = {{"L_r", 1.0, Basis::proven, "declared"}};
  if (!sampled.empty()) c.inputs.push_back({sampled, 2.0, Basis::sampled, "seen"});
  return c;
}

const Estimate kNine{9.0, 8.5, 9.5, 100};

TEST(RefutedCertificates, AreThoseBelowTheLowerLimitOfTheRegret) {
  std::vector<CertificateFinding> forms{form("feedback", 8.6), form("closed_loop", 2.0), form("augmented", 1.0)};
  forms[2].covers = false;
  refute_certificates(forms, kNine);
  EXPECT_FALSE(forms[0].refuted) << "within the interval";
  EXPECT_TRUE(forms[1].refuted);
  EXPECT_FALSE(forms[2].refuted) << "it speaks of another controller";
  EXPECT_EQ(kind_of(forms[1]), "refuted bound");
  EXPECT_NE(forms[1].remarks.back().find("at least one of these inputs is false: L_r"), std::string::npos)
      << forms[1].remarks.back();
  EXPECT_TRUE(to_json(forms[1])["refuted"]);
  EXPECT_TRUE(to_json(forms[1])["inputs"][0]["suspect"]);
  EXPECT_FALSE(to_json(forms[0])["refuted"]);
}

TEST(RefutedCertificates, SuspectTheirSampledInputsFirst) {
  std::vector<CertificateFinding> forms{form("feedback", 2.0, "κ(D_h)"), form("closed_loop", 9.0, "L_π")};
  refute_certificates(forms, kNine);
  EXPECT_FALSE(forms[0].inputs[0].suspect) << "L_r is proven";
  EXPECT_TRUE(forms[0].inputs[1].suspect);
  EXPECT_FALSE(forms[1].doubted) << "it does not take κ";
  EXPECT_EQ(smallest_covering(forms), &forms[1]);
}

TEST(RefutedCertificates, PutFormsWithTheSameInputsInDoubt) {
  std::vector<CertificateFinding> forms{form("feedback", 2.0, "κ(D_h)"), form("closed_loop", 9.0, "κ(D_h)")};
  refute_certificates(forms, kNine);
  EXPECT_TRUE(forms[1].doubted);
  EXPECT_FALSE(forms[1].refuted);
  EXPECT_EQ(smallest_covering(forms), nullptr) << "nothing is left to go by";
}

TEST(RefutedCertificates, TakeAMeasurement) {
  std::vector<CertificateFinding> forms{form("feedback", 2.0)};
  refute_certificates(forms, Estimate{9.0, 9.0, 9.0, 1});
  EXPECT_FALSE(forms[0].refuted) << "one rollout has no interval";
  refute_certificates(forms, Estimate{});
  EXPECT_FALSE(forms[0].refuted);
}

TEST(RefutedCertificates, SentencesAreSentences) { EXPECT_EQ(sentence("the form"), "The form."); }

}  // namespace
}  // namespace pianola
