#include "pianola/control/policy_decider.hpp"

#include <gtest/gtest.h>

#include "control/toy_deployment.hpp"
#include "pianola/policies/transformer_policy.hpp"
#include "policies/toy_transformer.hpp"

namespace pianola {
namespace {

using toys::Moment;
using toys::ToyPolicy;
using toys::ToyQuantizer;

constexpr std::uint32_t kBins = 1000;

/// Decides the bin of the mean of three observations, which lie in [−1, 1].
std::shared_ptr<const PolicyDeciderParts> mean_of_three() {
  auto parts = std::make_shared<PolicyDeciderParts>();
  parts->policy = std::make_shared<ToyPolicy>(
      std::vector<std::uint32_t>{kBins}, 3, [](std::size_t, Token, std::span<const float> x, std::span<float> out) {
        std::ranges::fill(out, -100.0F);
        out[static_cast<std::size_t>(((x[0] + x[1] + x[2]) / 3.0F + 1.0F) / 2.0F * static_cast<float>(kBins))] = 100.0F;
      });
  parts->quantizer = std::make_shared<ToyQuantizer>(kBins);
  return parts;
}

double decided(ChunkDecider& decider, double x) {
  const Moment moment({x});
  std::vector<double> action(1);
  decider.observe(moment.observations);
  decider.decide(moment.at(), {}, {action, {}, {}});
  return action[0];
}

TEST(PolicyDecider, TheFirstObservationFillsTheHistory) {
  PolicyDecider decider(mean_of_three(), 1);
  decider.reset(NoiseKey(1));
  EXPECT_NEAR(decided(decider, 0.3), 0.3, 2e-3);
  EXPECT_NEAR(decided(decider, 0.6), 0.4, 2e-3);
  decider.reset(NoiseKey(1));
  EXPECT_NEAR(decided(decider, -0.3), -0.3, 2e-3) << "nothing is left of what came before";
}

TEST(PolicyDecider, AClonesHistoryIsItsOwn) {
  PolicyDecider decider(mean_of_three(), 1);
  decider.reset(NoiseKey(1));
  decided(decider, 0.3);
  const auto copy = decider.clone();
  EXPECT_NEAR(decided(*copy, 0.9), 0.5, 2e-3);
  EXPECT_NEAR(decided(decider, 0.6), 0.4, 2e-3);
}

TEST(PolicyDecider, BeamsGoOnFromTheCommittedActions) {
  auto parts = std::make_shared<PolicyDeciderParts>();
  parts->policy = std::make_shared<TransformerPolicy>(toy_transformer::random_weights(
      {1, 1, 12, 1, 2, {3, 3, 3}, false, false, TransformerInput::observations}, 4, 3.0));
  parts->quantizer = std::make_shared<ToyQuantizer>(3, 3);
  parts->options = {.mode = DecodeMode::beam, .beams = 5};
  parts->committed = 1;
  PolicyDecider decider(parts, 2);
  decider.reset(NoiseKey(1));
  const Moment moment({0.3, -0.6});
  decider.observe(moment.observations);
  const double low = static_cast<double>(parts->quantizer->levels(0)[0]),
               high = static_cast<double>(parts->quantizer->levels(0)[2]);
  std::vector<double> actions(6);
  std::vector<Token> tokens(6);
  for (const auto& [first, second] : {std::pair{low, high}, std::pair{high, low}}) {
    decider.decide(moment.at(), std::vector<double>{first, second}, {actions, tokens, {}});
    EXPECT_EQ(actions[0], first);
    EXPECT_EQ(actions[3], second);
    EXPECT_EQ(tokens[0] + tokens[3], 2U);
  }
}

}  // namespace
}  // namespace pianola
