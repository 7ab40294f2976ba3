#include "pianola/audits/deployed_law.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "audits/toy_laws.hpp"
#include "pianola/base/error.hpp"
#include "pianola/control/deployment.hpp"

namespace pianola {
namespace {

using test::gaps;

/// One position of two tokens, P(1) = σ(x); levels ±½.
std::shared_ptr<const Policy> logistic_policy() {
  const auto rule = [](std::size_t, Token, std::span<const float> history, std::span<float> out) {
    out[0] = 0.0F, out[1] = history[0];
  };
  return std::make_shared<toys::ToyPolicy>(std::vector<std::uint32_t>{2}, 1, rule);
}

Deployment trained() {
  Deployment deployment;
  deployment.system = std::make_shared<toys::ToySystem>(toys::ToyOptions{});
  deployment.expert = std::make_shared<toys::ToyExpert>(0.5);
  deployment.quantizer = std::make_shared<toys::ToyQuantizer>(2);
  deployment.policy = logistic_policy();
  return deployment;
}

double logistic(double x) { return 1.0 / (1.0 + std::exp(-x)); }

TEST(DeployedLaw, IsTheOneAfterTemperatureArgmaxAndMean) {
  const Deployment deployment = trained();
  const auto gap = [&](const std::string& controller) {
    return gaps(*make_deployed_law(deployment, controller), {-0.5}, {1.0}, 0.0)[0];
  };
  EXPECT_NEAR(gap("feedback").tv_high, logistic(1.0) - logistic(-0.5), 1e-6);
  EXPECT_NEAR(gap("feedback:temperature=0.5").tv_high, logistic(2.0) - logistic(-1.0), 1e-6);
  EXPECT_EQ(gap("feedback:decode=argmax").tv_high, 1.0) << "argmax makes a smooth policy jump";
  EXPECT_NEAR(gap("feedback:decode=mean").action_distance, logistic(1.0) - logistic(-0.5), 1e-6);
  EXPECT_NEAR(gap("chunked").tv_high, gap("feedback").tv_high, 1e-12);
  EXPECT_NEAR(gap("feedback:top_k=1").tv_high, 1.0, 1e-12);
}

TEST(DeployedLaw, WithARunTheQuantizedExpertIsStillThere) {
  const auto law = make_deployed_law(trained(), "quantized");
  EXPECT_FALSE(law->info().reads_floats);
  EXPECT_EQ(gaps(*law, {-0.5}, {1.0}, 0.0)[0].tv_high, 1.0);
  EXPECT_EQ(gaps(*make_deployed_law(trained(), "expert"), {-0.5}, {1.0}, 0.8)[0].high, 0.0);
}

TEST(DeployedLaw, OfTheQuantizedExpertInFeedbackIsItsTokenLaw) {
  Deployment deployment = trained();
  deployment.policy = nullptr;
  deployment.expert = std::make_shared<toys::ToyExpert>(0.5, 0.25);
  EXPECT_DOUBLE_EQ(gaps(*make_deployed_law(deployment, "feedback"), {0.0}, {1.0}, 0.0)[0].tv_high, 0.5);
  EXPECT_EQ(gaps(*make_deployed_law(deployment, "feedback:decode=argmax"), {0.1}, {1.0}, 0.0)[0].tv_high, 0.0);
}

TEST(DeployedLaw, ManySequencesAreBounded) {
  Deployment deployment = trained();
  const auto rule = [](std::size_t, Token, std::span<const float> history, std::span<float> out) {
    for (std::size_t k = 0; k < out.size(); ++k) out[k] = history[0] * static_cast<float>(k) / 40.0F;
  };
  deployment.quantizer = std::make_shared<toys::ToyQuantizer>(40, 2);
  deployment.policy = std::make_shared<toys::ToyPolicy>(std::vector<std::uint32_t>(2, 40), 1, rule);
  const auto law = make_deployed_law(deployment, "feedback");
  EXPECT_FALSE(law->info().exact);
  EXPECT_EQ(law->info().dim, 2u);
  const LawGap gap = gaps(*law, {0.0}, {1.0}, 0.0)[0];
  EXPECT_LT(gap.tv_low, gap.tv_high);
  EXPECT_GT(gap.tv_low, 0.0);
}

/// Plays x, or so it says, from a density.
class DensityPolicy final : public ActionPolicy {
 public:
  explicit DensityPolicy(bool density) {
    info_.spec = "density", info_.observation_dim = info_.action_dim = 1, info_.density = density;
  }
  [[nodiscard]] const ActionPolicyInfo& info() const override { return info_; }
  [[nodiscard]] std::unique_ptr<ActionSession> session(std::size_t) const override {
    class Session final : public ActionSession {
      void decide(const NoiseKey&, const Situation&, std::span<const float> histories, const DecodeOptions&,
                  std::span<double> actions) override {
        std::ranges::copy(histories, actions.begin());
      }
    };
    return std::make_unique<Session>();
  }

 private:
  ActionPolicyInfo info_;
};

TEST(DeployedLaw, OfAPolicyOverActionsIsKnownWhereItIsAPoint) {
  Deployment deployment = trained();
  deployment.policy = nullptr, deployment.quantizer = nullptr;
  deployment.action_policy = std::make_shared<DensityPolicy>(true);
  EXPECT_DOUBLE_EQ(gaps(*make_deployed_law(deployment, "feedback:decode=mean"), {0.0}, {0.5}, 0.0)[0].action_distance,
                   0.5);
  try {
    static_cast<void>(make_deployed_law(deployment, "feedback"));
    ADD_FAILURE();
  } catch (const UsageError& error) {
    EXPECT_NE(std::string(error.what()).find("decode=mean"), std::string::npos) << error.what();
  }
  deployment.action_policy = std::make_shared<DensityPolicy>(false);
  EXPECT_EQ(gaps(*make_deployed_law(deployment, "feedback"), {0.0}, {0.5}, 0.6)[0].high, 0.0);
}

TEST(DeployedLaw, OfTheTrapIsInDouble) {
  DeploymentRequest request;
  request.system = "trap:epsilon=0.0078125", request.quantizer = "trap:epsilon=0.0078125";
  const auto law = make_deployed_law(make_deployment(request), "quantized");
  const double edge = 0.0078125;  // of I_P = [−kε/2, kε/2], k = 2
  EXPECT_EQ(gaps(*law, {0.0}, {edge * (1.0 - 1e-9)}, 0.0)[0].tv_high, 0.0);
  EXPECT_EQ(gaps(*law, {0.0}, {edge * (1.0 + 1e-9)}, 0.0)[0].tv_high, 1.0);
}

TEST(DeployedLaw, AMovingScaleHasNone) {
  Deployment deployment = trained();
  auto quantizer = std::make_shared<toys::ToyQuantizer>(2);
  quantizer->info_.memory_size = 1;
  deployment.quantizer = quantizer;
  EXPECT_THROW(static_cast<void>(make_deployed_law(deployment, "feedback")), UsageError);
  EXPECT_THROW(static_cast<void>(make_deployed_law(deployment, "quantized")), UsageError);
}

}  // namespace
}  // namespace pianola
