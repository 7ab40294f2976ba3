// The runtime with a transformer, as a robot has it: no loader, GoogleTest alone. Also built and run for 64-bit Arm.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "hand_made_transformer.hpp"
#include "pianola/base/dense.hpp"
#include "pianola/policies/runtime.hpp"

namespace pianola {
namespace {

using hand_made::Bytes;
using hand_made::Floats;
using hand_made::Toy;

/// A runtime over its own memory.
struct Bound {
  explicit Bound(const Toy& toy) : image(toy.image()), memory(Runtime::required_bytes(image)) {
    status = Runtime::bind(image, memory, runtime);
  }
  std::vector<float> act(const std::vector<float>& x, std::uint64_t key) {
    std::vector<float> action(runtime.chunk() * runtime.action_dim());
    status = runtime.act(x, key, action);
    return action;
  }
  Bytes image, memory;
  Runtime runtime;
  Status status = Status::not_bound;
};

/// The slow, obvious way: a Forward of its own, asked position by position.
struct Reference {
  explicit Reference(const Toy& from)
      : toy(from),
        memory(transformer::Workspace::size(toy.dimensions, 1)),
        workspace(toy.dimensions, 1, memory.data()) {}

  /// Tokens 10·p + k as levels say, chosen by `choose(p, logits)`.
  template <class Choose>
  std::vector<float> decide(const std::vector<float>& history, const Choose& choose) {
    transformer::Forward forward(toy.weights, workspace);
    std::vector<float> action;
    std::uint32_t token = 0;
    for (std::size_t p = 0; p < toy.vocabularies.size(); ++p) {
      p == 0 ? forward.begin(history.data()) : forward.advance(p, &token);
      std::vector<float> logits(toy.vocabularies[p]);
      forward.head(p, logits.size(), logits.data());
      token = choose(p, logits);
      action.push_back(static_cast<float>(10 * p + token));
    }
    return action;
  }
  const Toy& toy;
  Floats memory;
  transformer::Workspace workspace;
};

std::uint32_t largest(std::size_t, const std::vector<float>& logits) {
  return static_cast<std::uint32_t>(std::max_element(logits.begin(), logits.end()) - logits.begin());
}

std::vector<float> observation(std::uint64_t seed) {
  return {static_cast<float>(2.0 * uniform(NoiseKey(seed), 0, 0)), static_cast<float>(uniform(NoiseKey(seed), 1, 0))};
}

TEST(RuntimeTransformer, PlaysTheMostLikelyTokensOneAfterTheOther) {
  for (const WeightFormat format : {WeightFormat::float32, WeightFormat::bfloat16, WeightFormat::int8}) {
    for (const bool parallel : {false, true}) {
      const Toy toy(format, parallel);
      Bound bound(toy);
      ASSERT_EQ(bound.status, Status::ok);
      ASSERT_EQ(bound.runtime.configure(RuntimeDecode::argmax, 1.0F, OnError::hold), Status::ok);
      Reference reference(toy);
      std::vector<float> before = observation(0);
      for (std::uint64_t step = 0; step < 30; ++step) {
        const std::vector<float> now = observation(step);
        const std::vector<float> history{before[0], before[1], now[0], now[1]};
        EXPECT_EQ(bound.act(now, step), reference.decide(history, largest)) << step;
        EXPECT_EQ(bound.status, Status::ok);
        before = now;
      }
    }
  }
}

TEST(RuntimeTransformer, SamplesEachTokenBehindThoseTakenBefore) {
  const Toy toy;
  Bound bound(toy);
  Reference reference(toy);
  for (std::uint64_t key = 0; key < 200; ++key) {
    bound.runtime.reset();
    const std::vector<float> x = observation(key / 10), history{x[0], x[1], x[0], x[1]};
    const auto draw = [key](std::size_t p, const std::vector<float>& logits) {
      std::vector<float> weights(logits.size());
      softmax_weights(logits, *std::max_element(logits.begin(), logits.end()), 1.0, weights.data());
      double total = 0.0, sum = 0.0;
      for (const float w : weights) total += static_cast<double>(w);
      const double threshold = uniform(NoiseKey(key), 0, 0, static_cast<std::uint32_t>(p)) * total;
      for (std::uint32_t k = 0; k < weights.size(); ++k) {
        if ((sum += static_cast<double>(weights[k])) > threshold) return k;
      }
      return static_cast<std::uint32_t>(weights.size() - 1);
    };
    EXPECT_EQ(bound.act(x, key), reference.decide(history, draw)) << key;
  }
}

TEST(RuntimeTransformer, MeanIsBehindTheMostLikelyTokens) {
  const Toy toy;
  Bound bound(toy);
  ASSERT_EQ(bound.runtime.configure(RuntimeDecode::mean, 0.7F, OnError::hold), Status::ok);
  std::vector<float> logits(bound.runtime.logits_size());
  ASSERT_EQ(bound.runtime.logits(observation(3), logits), Status::ok);
  const std::vector<float> action = bound.act(observation(3), 0);
  std::size_t at = 0;
  for (std::size_t p = 0; p < 3; at += toy.vocabularies[p], ++p) {
    double sum = 0.0, total = 0.0;
    for (std::uint32_t k = 0; k < toy.vocabularies[p]; ++k) {
      const double weight = std::exp(static_cast<double>(logits[at + k]) / static_cast<double>(0.7F));
      total += weight;
      sum += weight * static_cast<double>(10 * p + k);
    }
    EXPECT_NEAR(action[p], sum / total, 1e-4);
  }
}

TEST(RuntimeTransformer, ContextsOfTokensGrowFromTheFirst) {
  const Toy toy(WeightFormat::float32, false, true);
  Bound bound(toy);
  ASSERT_EQ(bound.runtime.configure(RuntimeDecode::argmax, 1.0F, OnError::hold), Status::ok);
  Reference reference(toy);
  std::vector<float> context(4, -1.0F);
  for (std::uint64_t step = 0; step < 12; ++step) {
    const auto token = static_cast<float>(step * 3 % 5);
    context.erase(context.begin());
    context.push_back(token);
    EXPECT_EQ(bound.act({token}, step), reference.decide(context, largest)) << step;
  }
}

TEST(RuntimeTransformer, WhatIsNotFiniteHoldsOrStopsAndLeavesTheHistory) {
  const Toy toy;
  Bound bound(toy), other(toy);
  const std::vector<float> good = bound.act(observation(1), 1);
  static_cast<void>(other.act(observation(1), 1));
  EXPECT_EQ(bound.act({std::numeric_limits<float>::quiet_NaN(), 0.0F}, 2), good);
  EXPECT_EQ(bound.status, Status::not_finite);
  EXPECT_EQ(bound.act({3e38F, -3e38F}, 2), good) << "numbers that overflow on the way";
  EXPECT_EQ(bound.status, Status::not_finite);
  EXPECT_EQ(bound.act(observation(2), 3), other.act(observation(2), 3));
  ASSERT_EQ(bound.runtime.configure(RuntimeDecode::argmax, 1.0F, OnError::zero), Status::ok);
  EXPECT_EQ(bound.act({std::numeric_limits<float>::infinity(), 0.0F}, 4), std::vector<float>(3, 0.0F));
}

TEST(RuntimeTransformer, OverTokensSeesTokensOnly) {
  const Toy toy(WeightFormat::float32, false, true);
  Bound bound(toy);
  ASSERT_EQ(bound.status, Status::ok);
  ASSERT_EQ(bound.runtime.configure(RuntimeDecode::argmax, 1.0F, OnError::zero), Status::ok);
  const std::vector<float> first = bound.act({2.0F}, 0);
  EXPECT_EQ(bound.status, Status::ok);
  for (const float other : {-1.0F, 0.5F, 5.0F, 1e9F}) {
    EXPECT_EQ(bound.act({other}, 0), std::vector<float>{0.0F});
    EXPECT_EQ(bound.status, Status::no_token) << other;
    EXPECT_EQ(bound.runtime.observe(std::vector<float>{other}), Status::no_token);
    std::vector<float> logits(bound.runtime.logits_size());
    EXPECT_EQ(bound.runtime.logits(std::vector<float>{other}, logits), Status::no_token);
  }
  bound.runtime.reset();
  EXPECT_EQ(bound.act({2.0F}, 0), first) << "none of them entered the history";
}

TEST(RuntimeTransformer, ObservationsBetweenDecisionsEnterTheHistory) {
  const Toy toy;
  Bound seen(toy), told(toy);
  seen.act({0.5F, -1.0F}, 0);
  ASSERT_EQ(told.runtime.observe(std::vector<float>{0.5F, -1.0F}), Status::ok);
  EXPECT_EQ(seen.act({0.25F, 2.0F}, 7), told.act({0.25F, 2.0F}, 7));
  EXPECT_EQ(told.runtime.observe(std::vector<float>{0.5F}), Status::wrong_size);
  EXPECT_EQ(told.runtime.observe(std::vector<float>{0.5F, std::nanf("")}), Status::not_finite);
}

}  // namespace
}  // namespace pianola
