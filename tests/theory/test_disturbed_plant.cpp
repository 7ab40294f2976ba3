#include "pianola/theory/disturbed_plant.hpp"

#include <gtest/gtest.h>

#include <numeric>

#include "pianola/base/error.hpp"
#include "pianola/control/evaluate.hpp"
#include "pianola/quantizers/registry.hpp"
#include "pianola/systems/registry.hpp"

namespace pianola {
namespace {

constexpr const char* kPlant = "linear:a='1.2,0.3,0,1.1',b='0,1',x0_std=0.2,low=-2,high=2,horizon=100,limit=10";

class DisturbedPlantTest : public ::testing::Test {
 protected:
  [[nodiscard]] DisturbedReturns play(const Disturbance& disturbance, const Quantizer* quantizer = nullptr,
                                      std::size_t rollouts = 20) const {
    return play_disturbed({*system_, *expert_, {0.2, 0.2}, disturbance}, quantizer, NoiseKey(7), rollouts);
  }
  [[nodiscard]] std::unique_ptr<Quantizer> made(const std::string& spec, std::size_t chunk = 1) const {
    FitContext context;
    context.action_dim = 1, context.chunk = chunk, context.range = system_->info().action_range;
    return make_quantizer(spec, context);
  }
  static double mean(const DisturbedReturns& played) {
    return std::accumulate(played.returns.begin(), played.returns.end(), 0.0) /
           static_cast<double>(played.returns.size());
  }

  std::shared_ptr<const System> system_ = make_system(kPlant);
  std::shared_ptr<const Expert> expert_ = make_expert("", system_);
};

TEST_F(DisturbedPlantTest, UndisturbedItIsWhatEvaluateMeasures) {
  const std::shared_ptr<const Quantizer> bins = made("uniform:bins=15"), zoom = made("zoom:bins=15");
  EvaluatePlan plan;
  plan.deployment.system = system_, plan.deployment.expert = expert_;
  for (const auto& quantizer : {bins, zoom}) {
    Deployment deployment = plan.deployment;
    deployment.quantizer = quantizer;
    plan.candidates.push_back({deployment, "quantized"});
  }
  plan.key = NoiseKey(7), plan.rollouts = 20;
  const Evaluation evaluation = evaluate(plan);
  EXPECT_NEAR(mean(play({})), evaluation.expert_return.value, 1e-9);
  EXPECT_NEAR(mean(play({}, bins.get())), evaluation.controllers[0].total_return.value, 1e-9);
  EXPECT_NEAR(mean(play({}, zoom.get())), evaluation.controllers[1].total_return.value, 1e-9);
}

TEST_F(DisturbedPlantTest, WhatIsAlwaysLostIsNeverPlayed) {
  const auto bins = made("uniform:bins=15");
  const DisturbedReturns lost = play({.lost_token = 1.0}, bins.get()), late = play({.delay = 1000}, bins.get());
  EXPECT_EQ(lost.returns, late.returns);
  EXPECT_EQ(lost.lost, 20U) << "nobody holds the plant";
}

TEST_F(DisturbedPlantTest, AChannelThatSpoilsNothingChangesNothing) {
  for (const char* spec : {"uniform:bins=15", "zoom:bins=15", "dither:bins=15,subtractive=true"}) {
    const auto quantizer = made(spec);
    const double through = mean(play({.wrong_token = 1e-12}, quantizer.get())),
                 without = mean(play({}, quantizer.get()));
    EXPECT_NEAR(through, without, 1e-3 * without) << spec << ", in float32";
  }
}

TEST_F(DisturbedPlantTest, ALostTokenLeavesTheScaleOfZoomBehind) {
  const auto zoom = made("zoom:bins=15"), bins = made("uniform:bins=15");
  EXPECT_EQ(play({}, zoom.get()).lost, 0U);
  EXPECT_GT(play({.lost_token = 0.4}, zoom.get()).lost, play({.lost_token = 0.4}, bins.get()).lost);
}

TEST_F(DisturbedPlantTest, MoreDisturbanceEarnsLess) {
  const auto bins = made("uniform:bins=15,representatives=ends");
  EXPECT_LT(mean(play({.observation_noise = 1.0}, bins.get())), mean(play({}, bins.get())));
  EXPECT_LT(mean(play({.wrong_token = 0.5}, bins.get())), mean(play({}, bins.get())));
  EXPECT_LT(mean(play({.delay = 3}, bins.get())), mean(play({}, bins.get())));
  EXPECT_THROW((void)play({}, made("uniform:bins=15", 2).get()), UsageError);
}

}  // namespace
}  // namespace pianola
