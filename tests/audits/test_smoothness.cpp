#include "pianola/audits/smoothness.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "audits/audit_plans.hpp"
#include "audits/toy_laws.hpp"
#include "pianola/base/error.hpp"

namespace pianola {
namespace {

AuditSection audited(const AuditPlan& plan, AuditFindings& findings) {
  return test::run_until("smoothness", checked_plan(plan), findings);
}

const AuditEntry& entry() { return *std::ranges::find(audits(), std::string("smoothness"), &AuditEntry::name); }

/// κ̂ of the section's rows at their distances.
double kappa_at(const AuditSection& section, double distance) {
  double kappa = 0.0;
  for (const auto& row : section.fields["modulus"]) {
    if (row["distance"].get<double>() <= distance) kappa = row["kappa"].get<double>();
  }
  return kappa;
}

/// Bins have a width, whatever the mean error of a sample is: a step to the next one, 2ε, counts for no seed.
TEST(SmoothnessAudit, TheToleranceOfBinsIsNoSampledMean) {
  const AuditPlan plan = checked_plan(test::audit_plan("lane_keeping", "uniform:bins=33"));
  const double epsilon = plan.deployment.quantizer->info().epsilon_sup;
  for (const double error : {0.4 * epsilon, 0.6 * epsilon}) {
    AuditFindings findings;
    findings.errors.emplace();
    findings.errors->epsilon_in.value = error;
    const SmoothnessScale scale = smoothness_scale(plan, findings);
    EXPECT_DOUBLE_EQ(scale.tolerance, 4.0 * epsilon);
    EXPECT_FALSE(scale.proven_radius);
  }
}

TEST(SmoothnessAudit, TheToleranceOfUnevenBinsIsWhatTheyCostNotTheirWidest) {
  AuditFindings findings;
  findings.errors.emplace();
  findings.errors->epsilon_in.value = 0.01;
  const AuditPlan plan = checked_plan(test::audit_plan("lane_keeping", "log:bins=17"));
  EXPECT_GT(plan.deployment.quantizer->info().epsilon_sup, 0.011);
  EXPECT_DOUBLE_EQ(smoothness_scale(plan, findings).tolerance, 0.04);
}

/// Three centres of [−2, 2] lie 8/3 apart at most, which is 4ε: nothing could be found.
TEST(SmoothnessAudit, WhereNothingCouldBeFoundItSaysSo) {
  AuditFindings findings;
  const AuditSection coarse = audited(test::audit_plan("pendulum:horizon=60", "uniform:bins=3"), findings);
  EXPECT_FALSE(coarse.fields["tells"]);
  EXPECT_NE(coarse.summary.find("That tells nothing: no two of these actions differ by more than 2.667"),
            std::string::npos)
      << coarse.summary;
  EXPECT_EQ(coarse.summary.find("No jump"), std::string::npos);
  EXPECT_TRUE(audited(test::audit_plan("pendulum:horizon=60", "uniform:bins=33"), findings).fields["tells"]);
  // The levels decide, and not what the plant declares of actions: ±0.5 under ε' = 2; and 65 of [−6, 6].
  const auto scale = [](const std::string& plant, const std::string& bins) {
    return smoothness_scale(checked_plan(test::audit_plan(plant, bins)), {});
  };
  const SmoothnessScale two = scale("scalar_linear:a=0.9", "uniform:bins=2,low=-1,high=1");
  EXPECT_DOUBLE_EQ(*two.most, 1.0);
  EXPECT_EQ(two.tells(), false);
  const SmoothnessScale three = scale("scalar_linear:a=0.9", "uniform:bins=3,low=-6,high=6");
  EXPECT_NEAR(*three.most, 8.0, 1e-6) << "which is 4ε";
  EXPECT_EQ(three.tells(), false);
  EXPECT_EQ(scale("scalar_linear:a=1.05,low=-0.02,high=0.02", "uniform:bins=65,low=-6,high=6").tells(), true);
  EXPECT_EQ(scale("scalar_linear:a=0.9", "kmeans:k=5").tells(), std::nullopt);
}

TEST(SmoothnessAudit, FindsTheTrapByItself) {
  AuditFindings findings;
  const AuditPlan plan = checked_plan(test::audit_plan("trap:epsilon=0.0078125", "trap:epsilon=0.0078125"));
  static_cast<void>(test::run_until("quantization", plan, findings));
  const AuditSection section = entry().run(plan, findings);
  const double epsilon = 0.0078125;
  ASSERT_FALSE(section.fields["jump"].is_null());
  EXPECT_LT(section.fields["jump"]["distance"].get<double>(), 1e-8);
  EXPECT_GT(section.fields["jump"]["action_distance"].get<double>(), 0.9) << "between arctan x − ε/2 and 1";
  EXPECT_EQ(findings.smoothness->modulus(1e-6), 1.0);
  EXPECT_EQ(findings.smoothness->basis, Basis::sampled);
  EXPECT_GT(section.fields["rtvc"]["value"].get<double>(), 0.5) << "the loop lives in the trap";
  // Where the jump lies: at an end of I_T1 or I_T2, or of the resting interval I_P.
  const double at = section.witnesses.front().where["here"]["observations"][0].get<double>();
  double nearest = 1.0;
  for (const double end : {1.2, 2.2, 0.2 * 1.2 + 0.3 / epsilon, 0.2 * 2.2 + 0.3 / epsilon, 1.0, -1.0}) {
    nearest = std::min(nearest, std::abs(at - end * epsilon));
  }
  EXPECT_LT(nearest, 1e-7);
  for (const Witness& witness : section.witnesses) {
    EXPECT_EQ(entry().replay(plan, witness.where), witness.measured) << witness.claim;
  }
}

TEST(SmoothnessAudit, SaysAtHowManyStepsItLooked) {
  AuditFindings findings;
  AuditPlan plan = test::audit_plan("scalar_linear:a=0.3,b=1,noise=0.1,horizon=400", "uniform:bins=9");
  plan.rollouts = 200;  // ten steps each
  const AuditSection section = audited(plan, findings);
  const std::size_t steps = section.fields["steps"]["compared"].get<std::size_t>();
  EXPECT_GT(steps, 0u);
  EXPECT_LE(steps, 10u);
  EXPECT_EQ(section.fields["steps"]["of"], 399);
  bool said = false;
  for (const std::string& note : section.notes) said = said || note.find("of 399 steps") != std::string::npos;
  EXPECT_TRUE(said);
}

TEST(SmoothnessAudit, BinsOfALipschitzExpertAreProvenSmooth) {
  AuditFindings findings;
  // K = 0.09 and Γ = 1/(1 − 0.3): the small gain holds.
  const AuditSection section =
      audited(test::audit_plan("scalar_linear:a=0.3,b=1,noise=0.1,horizon=60", "uniform:bins=9"), findings);
  EXPECT_EQ(section.fields["basis"], "proven");
  EXPECT_TRUE(section.fields["jump"].is_null());
  const double radius = section.fields["proven_radius"].get<double>();
  EXPECT_EQ(kappa_at(section, radius), 0.0);
  EXPECT_EQ(findings.smoothness->modulus(0.999 * radius), 0.0);
  EXPECT_EQ(findings.smoothness->modulus(1.001 * radius), 1.0);
  EXPECT_EQ(section.fields["rtvc"]["value"], 0.0);
  EXPECT_GT(section.fields["tvc"]["value"].get<double>(), 0.0) << "tokens differ, by one bin";
}

/// Says that its Lipschitz constant is smaller than it is.
class Liar final : public Expert {
 public:
  Liar() { info_.spec = "liar", info_.observation_dim = info_.action_dim = 1, info_.lipschitz = 0.05; }
  [[nodiscard]] const ExpertInfo& info() const override { return info_; }
  void act(const NoiseKey&, const Situation& s, std::span<double> actions) const override {
    for (std::size_t i = 0; i < s.lanes(); ++i) actions[i] = -1.8 * s.observations[i];
  }

 private:
  ExpertInfo info_;
};

TEST(SmoothnessAudit, AFalseLipschitzConstantIsFlagged) {
  AuditPlan plan = test::audit_plan("scalar_linear:a=0.9,b=1,noise=0.2,horizon=60", "uniform:bins=9");
  plan.deployment.expert = std::make_shared<Liar>();
  AuditFindings findings;
  const AuditSection section = entry().run(checked_plan(plan), findings);
  EXPECT_EQ(section.fields["basis"], "sampled");
  EXPECT_TRUE(std::ranges::any_of(section.notes, [](const std::string& note) {
    return note.find("Lipschitz constant") != std::string::npos &&
           note.find("nothing is called proven") != std::string::npos;
  }));
  EXPECT_EQ(findings.smoothness->basis, Basis::sampled);
}

TEST(SmoothnessAudit, OfAGaussianExpertIsItsTotalVariation) {
  AuditPlan plan = test::audit_plan("scalar_linear:a=0.5,b=1,noise=0.1,horizon=40", "uniform:bins=5");
  plan.deployment.expert = std::make_shared<test::GaussianExpert>(0.3);
  plan.controller = "expert";
  plan.deployment.quantizer = nullptr;
  // The expert against itself shares its noise and never comes apart: pairs are compared by hand.
  const auto law = make_deployed_law(plan.deployment, plan.controller);
  std::vector<SmoothPair> pairs;
  std::vector<LawGap> gap(1);
  for (std::uint64_t id = 0; id < 200; ++id) {
    const double x = normal(NoiseKey(1), id, 0), r = 0.001 * std::pow(1.05, static_cast<double>(id % 150));
    SmoothPair pair{{id, 1, {x}}, {id, 1, {x + r}}, false, r, test::gaps(*law, {x}, {x + r}, 0.0)[0]};
    pairs.push_back(std::move(pair));
  }
  const SampledModulus modulus = sampled_modulus(pairs, {});
  for (const ModulusBin& bin : modulus.bins) {
    EXPECT_NEAR(bin.kappa, test::gaussian_tv(bin.distance, 0.3), 5e-3) << bin.distance;
  }
}

TEST(SmoothnessAudit, TheBimodalDriverIsSmoothAndItsArgmaxIsNot) {
  AuditPlan plan = test::audit_plan("lane_keeping:horizon=100", "uniform:bins=65", "quantized", "driver:tremor=0.01");
  AuditFindings findings;
  const AuditSection drawn = entry().run(checked_plan(plan), findings);
  EXPECT_TRUE(drawn.fields["jump"].is_null()) << drawn.summary;
  plan.deployment.expert = make_expert("driver:tremor=0", plan.deployment.system);
  plan.controller = "feedback:decode=argmax";
  AuditFindings greedy_findings;
  greedy_findings.errors.emplace().epsilon_in = {0.005, 0.005, 0.005, 10};
  const AuditSection greedy = entry().run(checked_plan(plan), greedy_findings);
  ASSERT_FALSE(greedy.fields["jump"].is_null()) << "left or right: the most likely side changes at once";
}

TEST(SmoothnessAudit, WhatHasNoLawSaysWhy) {
  AuditPlan plan = test::audit_plan("scalar_linear:a=0.5,b=1", "uniform:bins=5");
  auto quantizer = std::make_shared<toys::ToyQuantizer>(4);
  quantizer->info_.memory_size = 1;
  plan.deployment.quantizer = quantizer;
  AuditFindings findings;
  const AuditSection section = entry().run(checked_plan(plan), findings);
  EXPECT_TRUE(section.fields["rtvc"].is_null());
  ASSERT_FALSE(section.notes.empty());
  EXPECT_NE(section.notes.front().find("moving scale"), std::string::npos);
  EXPECT_FALSE(findings.smoothness.has_value());
}

TEST(SmoothnessAudit, AWitnessOfAnotherShapeIsRefused) {
  const AuditPlan plan = checked_plan(test::audit_plan("scalar_linear:a=0.5,b=1", "uniform:bins=5"));
  EXPECT_THROW(entry().replay(plan, {{"tolerance", 0.1}}), DataError);
  const nlohmann::ordered_json point{{"id", 0}, {"step", 1}, {"observations", {1.0, 2.0}}};
  EXPECT_THROW(entry().replay(plan, {{"tolerance", 0.1}, {"here", point}, {"there", point}}), DataError);
}

}  // namespace
}  // namespace pianola
