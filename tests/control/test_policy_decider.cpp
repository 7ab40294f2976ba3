#include "pianola/control/policy_decider.hpp"

#include <gtest/gtest.h>

#include "control/toy_deployment.hpp"

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

}  // namespace
}  // namespace pianola
