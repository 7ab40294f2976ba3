#include "pianola/audits/token_disagreement.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "audits/audit_plans.hpp"
#include "pianola/policies/quantized_expert.hpp"

namespace pianola {
namespace {

/// Two tokens at each of two positions; the first is token 1 with probability 0.8, the second 0.5 whatever comes
/// before.
class TwoCoins final : public Policy {
 public:
  explicit TwoCoins(std::vector<std::uint32_t> vocabularies) {
    info_.observation_dim = 1;
    info_.vocabularies = std::move(vocabularies);
  }
  [[nodiscard]] const PolicyInfo& info() const override { return info_; }
  [[nodiscard]] std::unique_ptr<PolicySession> session(std::size_t) const override {
    class Session final : public PolicySession {
     public:
      void begin(const Situation&, std::span<const float>) override { position_ = 0; }
      void logits(std::span<const Token>, std::span<float> out) override {
        const float odds = position_++ == 0 ? std::log(4.0F) : 0.0F;
        for (std::size_t i = 0; i < out.size(); ++i) out[i] = i % 2 == 1 ? odds : 0.0F;
      }

     private:
      int position_ = 0;
    };
    return std::make_unique<Session>();
  }

 private:
  PolicyInfo info_;
};

AuditPlan learned(const std::string& controller, std::size_t chunk = 1) {
  DeploymentRequest request;
  request.system = "scalar_linear:a=0.5,b=1,gain=0.25,x0=1,horizon=4,low=-1,high=1";
  request.quantizer = "uniform:bins=2";
  request.chunk = chunk;
  AuditPlan plan;
  plan.deployment = make_deployment(request);
  plan.controller = controller;
  return plan;
}

/// Two observations and negative actions: token 0, then positive ones: token 1.
struct Rows {
  std::vector<double> x{1.0, 0.5, -1.0, -0.5}, u{-0.25, -0.125, 0.25, 0.125};
  ExpertTrajectory trajectory() {
    ExpertTrajectory t;
    t.steps = 4, t.observations = x, t.actions = u;
    return t;
  }
};

TEST(TokenDisagreement, IsOneMinusTheProbabilityOfTheExpertsToken) {
  AuditPlan plan = learned("feedback");
  plan.deployment.policy = std::make_shared<TwoCoins>(std::vector<std::uint32_t>{2});
  TokenDisagreement disagreement(plan);
  ASSERT_TRUE(disagreement.needed() && disagreement.known()) << disagreement.why_not();
  Rows rows;
  const auto s = disagreement.of(rows.trajectory(), NoiseKey(1), 6);
  ASSERT_EQ(s.size(), 6u);
  for (const std::size_t h : {0u, 1u}) EXPECT_NEAR(s[h], 0.8, 1e-6) << "token 0";
  for (const std::size_t h : {2u, 3u}) EXPECT_NEAR(s[h], 0.2, 1e-6) << "token 1";
  EXPECT_EQ(s[4] + s[5], 0.0) << "after the end";
}

/// −0.6, −0.2 and 0.4 with probabilities 0.3, 0.3 and 0.4, whatever it sees.
class ThreeAtoms final : public Expert {
 public:
  explicit ThreeAtoms(bool density) : density_(density) {
    info_.observation_dim = info_.action_dim = 1, info_.deterministic = false;
  }
  [[nodiscard]] const ExpertInfo& info() const override { return info_; }
  void act(const NoiseKey&, const Situation&, std::span<double> actions) const override {
    std::ranges::fill(actions, 0.4);
  }
  bool law(const Situation&, std::span<ActionLaw> laws) const override {
    for (ActionLaw& law : laws) law = {1, {0.3, 0.3, 0.4}, {-0.6, -0.2, 0.4}, {}};
    for (ActionLaw& law : laws) law.stds.assign(density_ ? 3 : 0, 0.1);
    return true;
  }

 private:
  ExpertInfo info_;
  bool density_;
};

TEST(TokenDisagreement, OfAStochasticExpertIsTheTotalVariationOfTheTokens) {
  AuditPlan plan = learned("feedback");
  plan.deployment.expert = std::make_shared<ThreeAtoms>(false);
  plan.deployment.policy = std::make_shared<TwoCoins>(std::vector<std::uint32_t>{2});
  TokenDisagreement disagreement(plan);
  ASSERT_TRUE(disagreement.known()) << disagreement.why_not();
  Rows rows;
  const auto s = disagreement.of(rows.trajectory(), NoiseKey(1), 5);
  for (std::size_t h = 0; h < 4; ++h) EXPECT_NEAR(s[h], 0.4, 1e-6) << "(0.6, 0.4) against (0.2, 0.8)";
  EXPECT_EQ(s[4], 0.0);
  plan.deployment.expert = std::make_shared<ThreeAtoms>(true);
  EXPECT_NE(TokenDisagreement(plan).why_not().find("atoms"), std::string::npos) << "a density is no sum of atoms";
}

TEST(TokenDisagreement, AChunkCountsOnceWithTheProductOfItsTokens) {
  AuditPlan plan = learned("feedback", 2);
  plan.deployment.policy = std::make_shared<TwoCoins>(std::vector<std::uint32_t>{2, 2});
  TokenDisagreement disagreement(plan);
  Rows rows;
  const auto s = disagreement.of(rows.trajectory(), NoiseKey(1), 4);
  EXPECT_NEAR(s[0], 1.0 - 0.2 * 0.5, 1e-6);
  EXPECT_NEAR(s[2], 1.0 - 0.8 * 0.5, 1e-6);
  EXPECT_EQ(s[1] + s[3], 0.0);
}

TEST(TokenDisagreement, FollowsWhatIsDeployed) {
  AuditPlan plan = learned("feedback:decode=argmax");
  plan.deployment.policy = std::make_shared<TwoCoins>(std::vector<std::uint32_t>{2});
  Rows rows;
  const auto s = TokenDisagreement(plan).of(rows.trajectory(), NoiseKey(1), 4);
  EXPECT_EQ(s[0], 1.0) << "argmax plays token 1";
  EXPECT_EQ(s[2], 0.0);
  plan.controller = "feedback:temperature=0.5";
  EXPECT_NEAR(TokenDisagreement(plan).of(rows.trajectory(), NoiseKey(1), 4)[2], 1.0 - 16.0 / 17.0, 1e-6);
  plan.controller = "feedback:decode=mean";
  EXPECT_FALSE(TokenDisagreement(plan).known());
}

TEST(TokenDisagreement, TheQuantizedExpertAgreesWithItself) {
  AuditPlan plan = learned("feedback");
  EXPECT_FALSE(TokenDisagreement(plan).needed());
  plan.deployment.policy = make_quantized_expert(plan.deployment.expert, plan.deployment.quantizer);
  Rows rows;
  for (const double s : TokenDisagreement(plan).of(rows.trajectory(), NoiseKey(1), 4)) EXPECT_EQ(s, 0.0);
}

}  // namespace
}  // namespace pianola
