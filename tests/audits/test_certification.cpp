#include "pianola/audits/certification.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>

#include "audits/audit_plans.hpp"
#include "pianola/bounds/certificates.hpp"
#include "pianola/policies/quantized_expert.hpp"
#include "property.hpp"

namespace pianola {
namespace {

const CertificateFinding& form(const AuditFindings& findings, const std::string& name) {
  for (const CertificateFinding& c : findings.certificates) {
    if (c.form == name) return c;
  }
  throw std::runtime_error("no form " + name);
}

AuditFindings certified(AuditPlan plan, const std::string& left_out = "") {
  AuditFindings findings;
  test::run_until("certificates", checked_plan(std::move(plan)), findings, left_out);
  return findings;
}

TEST(Certification, AStablePlantHasACertificateThatHolds) {
  const AuditFindings findings = certified(
      test::audit_plan("scalar_linear:a=0.9,b=1,horizon=50,low=-8,high=8", "uniform:bins=65536", "quantized"));
  const CertificateFinding& loop = form(findings, "closed_loop");
  EXPECT_TRUE(loop.issued);
  EXPECT_TRUE(loop.covers);
  EXPECT_NE(loop.basis, Basis::sampled) << "gains exact, L_π and L_r proven, ε claimed: a certificate";
  EXPECT_FALSE(loop.vacuous);
  EXPECT_GE(loop.value, findings.decomposition->total.low);
  EXPECT_FALSE(form(findings, "augmented").covers);
}

TEST(Certification, CoarseBinsMakeItVacuousInWords) {
  const AuditFindings findings =
      certified(test::audit_plan("scalar_linear:a=0.9,b=1,horizon=50,low=-8,high=8", "uniform:bins=2"));
  const CertificateFinding& loop = form(findings, "closed_loop");
  EXPECT_TRUE(loop.vacuous);
  EXPECT_NE(loop.remarks.back().find("vacuous"), std::string::npos);
  EXPECT_DOUBLE_EQ(loop.most, 50.0) << "H × reward range";
  EXPECT_GE(loop.value, loop.most);
}

bool takes(const CertificateFinding& c, const std::string& input) {
  return std::ranges::any_of(c.inputs, [&](const CertificateInput& one) { return one.name == input; });
}

bool remarks(const CertificateFinding& c, const std::string& words) {
  return std::ranges::any_of(c.remarks, [&](const std::string& r) { return r.find(words) != std::string::npos; });
}

TEST(Certification, UnderProcessNoiseTheAugmentedFormGoesByTheModelsDistance) {
  const AuditFindings findings =
      certified(test::audit_plan("scalar_linear:a=0.5,b=1,gain=0.3,noise=0.003,horizon=30,low=-4,high=4,x0_std=0.3",
                                 "uniform:bins=4097", "augmented"),
                "smoothness");
  const CertificateFinding& noisy = form(findings, "augmented");
  EXPECT_TRUE(noisy.covers);
  ASSERT_TRUE(noisy.issued);
  EXPECT_NE(noisy.basis, Basis::sampled) << "gains exact, L_π and L_r proven, bins: a certificate";
  EXPECT_FALSE(noisy.vacuous);
  EXPECT_TRUE(takes(noisy, "ρ_h")) << "s_h + κ(ρ_h)";
  EXPECT_FALSE(takes(noisy, "m_h"));
  EXPECT_TRUE(remarks(noisy, "process noise"));
  EXPECT_GE(noisy.value, findings.decomposition->total.low);
  EXPECT_GT(findings.decomposition->total.low, 0.0) << "the noise costs something";
}

TEST(Certification, DitheredTokensHaveAProvenModulusUnderNoise) {
  const AuditFindings findings =
      certified(test::audit_plan("scalar_linear:a=0.5,b=1,gain=0.3,noise=0.001,horizon=20,low=-4,high=4,x0_std=0.3",
                                 "dither:bins=33", "augmented"),
                "smoothness");
  const CertificateFinding& noisy = form(findings, "augmented");
  ASSERT_TRUE(noisy.issued);
  EXPECT_NE(noisy.basis, Basis::sampled);
  EXPECT_TRUE(takes(noisy, "κ(ρ_h)"));
  EXPECT_GE(noisy.value, findings.decomposition->total.low);
}

/// x_h = 0.99^h under the expert, bins that clip 0.21 to 0.2, and a plant that stops beyond 1.0000001: the quantized
/// loop goes there in the first step, pays 0.0225, and is paid nothing for the nine that follow. Gains that are exact
/// while the plant is linear promise 2.17 only.
TEST(Certification, ALimitWithinReachOfTheLoopCostsAllThatFollows) {
  const std::string plant = "scalar_linear:a=1.2,gain=0.21,x0=1,x0_std=0,horizon=10,limit=";
  const std::string bins = "uniform:bins=8,low=-0.2,high=0";
  const AuditFindings stopped = certified(test::audit_plan(plant + "1.0000001", bins));
  EXPECT_NEAR(stopped.decomposition->total.value, 9.0225, 1e-5);
  for (const CertificateFinding& c : stopped.certificates) {
    EXPECT_TRUE(remarks(c, "the plant's limit")) << c.form;
    if (!c.issued || !c.covers) continue;
    EXPECT_GE(c.value, stopped.decomposition->total.low - 1e-9) << c.form;
    EXPECT_FALSE(c.refuted) << c.form;
  }
  EXPECT_NEAR(form(stopped, "closed_loop").value, 9.0225, 1e-5);
  const AuditFindings free = certified(test::audit_plan(plant + "30", bins));
  EXPECT_NEAR(form(free, "closed_loop").value, 2.17156, 1e-4);
  EXPECT_FALSE(remarks(form(free, "closed_loop"), "limit"));
  EXPECT_LE(free.decomposition->total.low, form(free, "closed_loop").value);
}

/// A hypothesis broken: x' = 0.95·x + u of which someone says that it forgets at once. u = −0.05·0.9^h has the
/// representative −0.5, so that ‖e‖ adds up to 24.5; the state drifts to −10, and the loop pays 39.85.
TEST(Certification, GainsThatAreTooSmallAreSeenInWhatIsMeasured) {
  const AuditPlan plan = checked_plan(
      test::audit_plan("scalar_linear:a=0.95,gain=0.05,x0=1,horizon=50,low=-1,high=1", "uniform:bins=2", "augmented"));
  AuditFindings findings;
  static_cast<void>(test::run_until("decomposition", plan, findings, "smoothness"));
  EXPECT_NEAR(findings.decomposition->total.value, 39.85, 0.01);
  findings.certificates = issue_certificates(plan, findings);
  EXPECT_FALSE(form(findings, "augmented").refuted);
  findings.stability->open.gains.assign(50, 0.0);
  findings.certificates = issue_certificates(plan, findings);
  const CertificateFinding& wrong = form(findings, "augmented");
  EXPECT_LT(wrong.value, 24.6);
  EXPECT_TRUE(wrong.refuted);
  EXPECT_TRUE(wrong.inputs.front().suspect) << wrong.inputs.front().name;
  EXPECT_EQ(smallest_covering(findings.certificates), nullptr);
}

TEST(Certification, InputsSayWhatTheyAre) {
  const AuditFindings findings = certified(test::audit_plan("pendulum:horizon=40", "uniform:bins=257"));
  const CertificateFinding& feedback = form(findings, "feedback");
  EXPECT_TRUE(takes(feedback, "Σ_j C·η^j")) << "the envelope's sum, not that of the gains";
  EXPECT_FALSE(takes(feedback, "Σ_j g_j"));
  EXPECT_TRUE(takes(form(findings, "closed_loop"), "Σ_j C·η^j in the loop"));
  for (const CertificateFinding& c : findings.certificates) {
    for (const CertificateInput& input : c.inputs) {
      EXPECT_FALSE(input.name == "k" && input.basis != Basis::sampled) << "G and L are sampled here";
      EXPECT_NE(input.name, "κ") << "at which distance?";
    }
  }
}

/// A hypothesis broken (docs/theory.md §7): x' = ω a fair coin, u = x, all known exactly. With m_h = 0 nothing would be
/// lost; half of every reward is. The audit says which form is false here, and issues the other.
TEST(Certification, ProcessNoiseIsFlaggedInTheFormWithTheModelsError) {
  const AuditFindings findings =
      certified(test::audit_plan("tabular_mdp:coin", "uniform:bins=2,representatives=ends", "augmented"));
  const CertificateFinding& coin = form(findings, "augmented");
  EXPECT_TRUE(remarks(coin, "process noise"));
  EXPECT_FALSE(takes(coin, "m_h"));
  EXPECT_EQ(findings.errors->epsilon_in.value, 0.0);
  const std::vector<double> nothing(10, 0.0);
  const double false_claim = bound_augmented_by_model({nothing, nothing, {}, 1.0}, {}).total();
  EXPECT_GT(findings.decomposition->total.low, false_claim) << "the form with m_h is false under process noise";
  if (coin.issued) {
    EXPECT_GE(coin.value, findings.decomposition->total.low);
  }
}

TEST(Certification, AnUnstablePlantsAugmentedOneIsOfNoUse) {
  const AuditFindings findings =
      certified(test::audit_plan("scalar_linear:a=1.2,b=1,horizon=100", "uniform:bins=33", "augmented"));
  const CertificateFinding& unstable = form(findings, "augmented");
  EXPECT_GT(unstable.value, 50.0) << "of 100";
  EXPECT_GE(unstable.value, findings.decomposition->total.low);
}

TEST(Certification, TheTrapsIsRightlyVacuous) {
  const AuditFindings findings = certified(test::audit_plan("trap:epsilon=0.03125", "trap:epsilon=0.03125"));
  for (const CertificateFinding& c : findings.certificates) {
    if (c.covers && c.issued) {
      EXPECT_TRUE(c.vacuous) << c.form;
    }
  }
}

TEST(Certification, SampledSupremaMakeAnEstimate) {
  const AuditFindings findings = certified(test::audit_plan("pendulum:horizon=40", "uniform:bins=257"));
  for (const CertificateFinding& c : findings.certificates) {
    if (c.issued) {
      EXPECT_EQ(c.basis, Basis::sampled) << c.form;
    }
  }
}

double tenth(int low, int high) { return *rc::gen::inRange(low, high) / 10.0; }

/// A scalar plant, stable or not, or one of two states with two actions; some with noise, some with a limit that a loop
/// may reach.
std::string drawn_plant() {
  const std::string noise = ",noise=" + std::to_string(*rc::gen::element(0.0, 0.0, 0.05, 0.002));
  const std::string limit = *rc::gen::element<std::string>("", "", "", ",limit=4");
  const std::string rest = noise + limit + ",horizon=20,low=-12,high=12";
  if (*rc::gen::arbitrary<bool>()) {
    return "scalar_linear:a=" + std::to_string(tenth(-13, 14)) + ",b=" + std::to_string(tenth(3, 15)) + rest;
  }
  std::string a, b;
  for (int i = 0; i < 4; ++i) {
    a += std::to_string(tenth(-7, 8)) + " ";
    b += std::to_string((i == 0 || i == 3 ? 1.0 : 0.0) + tenth(-2, 3)) + " ";
  }
  return "linear:a='" + a + "',b='" + b + "',x0_std=0.5" + rest;
}

/// A learner: the quantized version of another regulator, right on most states and wrong near the bins' edges.
void give_learner(AuditPlan& plan) {
  const std::string other = "lqr:q=" + std::to_string(*rc::gen::element(0.999, 1.01, 1.3));
  const auto expert = make_expert(other, plan.deployment.system);
  plan.deployment.policy = make_quantized_expert(expert, plan.deployment.quantizer);
  if (plan.controller == "quantized") plan.controller = "feedback";
}

/// Random plants with exact inputs: the measured regret's lower end is never above a certificate (docs/theory.md §8).
TEST(Certification, NoMeasuredRegretLiesAboveACertificate) {
  std::size_t certificates = 0, telling = 0, noisy = 0;
  test::property("lower end of the regret ≤ certificate", [&] {
    const int bins = *rc::gen::element(33, 257, 4097);
    const std::string scheme = *rc::gen::element<std::string>("uniform", "uniform", "dither");
    AuditPlan plan = test::audit_plan(drawn_plant(), scheme + ":bins=" + std::to_string(bins),
                                      *rc::gen::element<std::string>("quantized", "augmented", "feedback"));
    plan.key = NoiseKey(*rc::gen::inRange<std::uint64_t>(0, 1000));
    if (scheme == "dither" && plan.controller == "feedback") plan.controller = "quantized";  // no fixed law of tokens
    if (scheme == "uniform" && *rc::gen::inRange(0, 3) == 0) give_learner(plan);
    // The search for jumps takes longer than all the rest; without it the small gain of bins stands for the modulus.
    const AuditFindings findings = certified(std::move(plan), *rc::gen::inRange(0, 10) == 0 ? "" : "smoothness");
    for (const CertificateFinding& c : findings.certificates) {
      if (!c.issued || !c.covers || c.basis == Basis::sampled) continue;
      ++certificates;
      telling += c.vacuous ? 0 : 1;
      noisy += takes(c, "ρ_h") ? 1 : 0;
      RC_ASSERT(findings.decomposition->total.low <= c.value + 1e-9);
    }
  });
  EXPECT_GT(certificates, 30u) << "the property must have had something to say";
  EXPECT_GT(telling, 10u) << "and not only what is vacuous";
  EXPECT_GT(noisy, 1u) << "the augmented form under noise among it";
}

}  // namespace
}  // namespace pianola
