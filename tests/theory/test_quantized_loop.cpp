#include "pianola/theory/quantized_loop.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "pianola/base/error.hpp"
#include "pianola/base/parallel.hpp"
#include "pianola/quantizers/registry.hpp"

namespace pianola {
namespace {

TEST(QuantizedLoop, TheRawDeadBeatLoopRestsAtOnce) {
  const QuantizedLoop loop{.a = 3.0, .gain = 3.0};
  const LoopOutcome outcome = play(loop, nullptr, spread_starts(2.0, 100), NoiseKey(1));
  EXPECT_EQ(outcome.left, 0.0);
  EXPECT_EQ(outcome.cost, 0.0);
  EXPECT_EQ(outcome.rest, 0.0);
}

TEST(QuantizedLoop, WithoutControlAnUnstablePlantIsLost) {
  const QuantizedLoop loop{.a = 1.5, .gain = 0.0};
  const LoopOutcome outcome = play(loop, nullptr, spread_starts(1.0, 64), NoiseKey(1));
  EXPECT_EQ(outcome.left, 1.0);
  EXPECT_TRUE(std::isinf(outcome.rest));
  EXPECT_GT(outcome.cost, 50.0);
}

/// One state after the other, by hand.
TEST(QuantizedLoop, IsTheRecursionItSays) {
  const QuantizedLoop loop{.a = 1.2, .gain = 0.8, .noise = 0.1, .steps = 40, .ball = 5.0};
  const std::vector<double> starts = spread_starts(1.0, 300);  // more than a block
  const NoiseKey key(5);
  const auto quantizer = fit_to_loop({}, "uniform:bins=9", loop, 1.0, starts, key);
  double cost = 0.0;
  std::size_t left = 0;
  for (std::size_t i = 0; i < starts.size(); ++i) {
    double x = starts[i];
    bool out = false;
    for (std::uint32_t h = 0; h < loop.steps; ++h) {
      std::vector<double> u(1);
      quantizer->quantize(std::vector<double>{-loop.gain * x}, {}, u);
      if (!out) x = loop.a * x + u[0] + loop.noise * normal(key.child("noise"), i, h);
      out = out || std::abs(x) > loop.ball;
      cost += out ? 25.0 : x * x;
    }
    left += out ? 1 : 0;
  }
  const LoopOutcome outcome = play(loop, quantizer.get(), starts, key);
  EXPECT_NEAR(outcome.cost, cost / (300.0 * 40.0), 1e-12);
  EXPECT_EQ(outcome.left, static_cast<double>(left) / 300.0);
}

TEST(QuantizedLoop, MemoryBelongsToALane) {
  const QuantizedLoop loop{.a = 2.0, .gain = 2.0, .steps = 400, .ball = 1e9};
  const auto zoom = fit_to_loop({}, "zoom:bins=6,a=2", loop, 1.0, spread_starts(1.0, 16), NoiseKey(1));
  EXPECT_LT(play(loop, zoom.get(), spread_starts(50.0, 600), NoiseKey(1)).rest, 1e-3);
}

TEST(QuantizedLoop, DelayedActionsAreTheOnesOfBefore) {
  const QuantizedLoop loop{.a = 1.0, .gain = 0.3, .steps = 50, .ball = 100.0, .disturbance = {.delay = 3}};
  double cost = 0.0, x = 0.5;
  std::vector<double> played{0.0, 0.0, 0.0};
  for (std::uint32_t h = 0; h < loop.steps; ++h) {
    played.push_back(-0.3 * x);
    x += played[h];
    cost += x * x;
  }
  EXPECT_NEAR(play(loop, nullptr, std::vector<double>{0.5}, NoiseKey(1)).cost, cost / 50.0, 1e-12);
}

TEST(QuantizedLoop, AChannelThatSpoilsNothingChangesNothing) {
  QuantizedLoop loop{.a = 1.2, .gain = lqr_gain(1.2)};
  const std::vector<double> starts = spread_starts(1.0, 64);
  for (const char* spec : {"uniform:bins=9", "zoom:bins=9", "quantile:bins=9"}) {
    const auto quantizer = fit_to_loop({}, spec, loop, 1.0, starts, NoiseKey(4));
    loop.disturbance = {};
    const double direct = play(loop, quantizer.get(), starts, NoiseKey(4)).cost;
    loop.disturbance.wrong_token = 1e-12;  // as tokens and float32 values
    EXPECT_NEAR(play(loop, quantizer.get(), starts, NoiseKey(4)).cost, direct, 0.01 * direct) << spec;
  }
}

TEST(QuantizedLoop, WhatIsLostLeavesTheLastAction) {
  QuantizedLoop loop{.a = 0.9, .gain = 0.5, .disturbance = {.lost_token = 1.0 - 1e-12}};
  const LoopOutcome nothing = play(loop, nullptr, spread_starts(1.0, 64), NoiseKey(4));
  loop.gain = 0.0;
  loop.disturbance = {};
  EXPECT_EQ(nothing.cost, play(loop, nullptr, spread_starts(1.0, 64), NoiseKey(4)).cost);
}

/// Each token of zoom moves the scale of who encodes and of who decodes. One that is lost moves the encoder's only:
/// from then on the same tokens mean other actions.
TEST(QuantizedLoop, ALostTokenLeavesTheDecodersScaleBehind) {
  const QuantizedLoop clean{.a = 1.2, .gain = 1.2, .noise = 0.05, .steps = 200, .ball = 10.0};
  QuantizedLoop spoiled = clean;
  spoiled.disturbance.lost_token = 0.2;
  const std::vector<double> starts = spread_starts(1.0, 256);
  const auto left = [&](const char* spec, const QuantizedLoop& loop) {
    const auto quantizer = fit_to_loop({}, spec, loop, 1.0, starts, NoiseKey(6));
    return play(loop, quantizer.get(), starts, NoiseKey(6)).left;
  };
  EXPECT_EQ(left("zoom:bins=16,a=1.2", clean), 0.0);
  EXPECT_GT(left("zoom:bins=16,a=1.2", spoiled), 0.5);
  EXPECT_LT(left("uniform:bins=16", spoiled), 0.1) << "a lost token of a scheme without memory is a late action";
}

TEST(QuantizedLoop, ADecoderThatGetsNothingPlaysNothing) {
  const std::vector<double> starts = spread_starts(1.0, 16);
  const QuantizedLoop lost{.a = 0.5, .gain = 0.5, .steps = 50, .disturbance = {.lost_token = 1.0}};
  const auto zoom = fit_to_loop({}, "zoom:bins=8", lost, 1.0, starts, NoiseKey(6));
  const QuantizedLoop still{.a = 0.5, .gain = 0.0, .steps = 50};
  EXPECT_EQ(play(lost, zoom.get(), starts, NoiseKey(6)).cost, play(still, nullptr, starts, NoiseKey(6)).cost);
}

TEST(QuantizedLoop, NoiseThatIsDrawnBeforeIsWhatItsStatesDraw) {
  const QuantizedLoop loop{.a = 0.9, .gain = 0.0, .noise = 0.3, .steps = 20};
  const std::vector<double> starts = spread_starts(1.0, 5), still(5);
  const std::vector<double> drawn = loop_noise(loop, 5, NoiseKey(2));
  LoopStates one(loop, starts, 0, NoiseKey(2)), two(loop, starts, 0, NoiseKey(2), drawn);
  for (std::uint32_t h = 0; h < loop.steps; ++h) {
    one.step(still, h);
    two.step(still, h);
  }
  EXPECT_EQ(one.sums().cost, two.sums().cost);
  EXPECT_EQ(one.states()[4], two.states()[4]);
}

TEST(QuantizedLoop, SameBitsForAnyNumberOfThreads) {
  const QuantizedLoop loop{.a = 1.3, .gain = lqr_gain(1.3), .noise = 0.1};
  const std::vector<double> starts = spread_starts(1.0, 2000);
  const auto dither = fit_to_loop({}, "dither:bins=9", loop, 1.0, starts, NoiseKey(2));
  set_threads(1);
  const LoopOutcome one = play(loop, dither.get(), starts, NoiseKey(2));
  set_threads(2);
  const LoopOutcome two = play(loop, dither.get(), starts, NoiseKey(2));
  EXPECT_EQ(one.cost, two.cost);
  EXPECT_EQ(one.rest, two.rest);
}

TEST(QuantizedLoop, GainOfLqr) {
  const double k = lqr_gain(2.0);  // p = 1 + 4p/(1 + p): p = 2 + √5
  EXPECT_NEAR(k, 2.0 * (2.0 + std::sqrt(5.0)) / (3.0 + std::sqrt(5.0)), 1e-9);
  EXPECT_LT(std::abs(2.0 - k), 1.0);
}

TEST(QuantizedLoop, OneDimensionAndOneStepAreAllItPlays) {
  const QuantizedLoop loop;
  FitContext context;
  context.action_dim = 2;
  context.range = {{-1.0, -1.0}, {1.0, 1.0}};
  const auto wide = make_quantizer("uniform:bins=9", context);
  EXPECT_THROW((void)play(loop, wide.get(), spread_starts(1.0, 4), NoiseKey(1)), UsageError);
}

}  // namespace
}  // namespace pianola
