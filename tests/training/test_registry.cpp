#include <gtest/gtest.h>

#include "pianola/base/error.hpp"
#include "pianola/policies/registry.hpp"
#include "toy_learner.hpp"

namespace pianola {
namespace {

using toy_training::message_of;
using toy_training::ToyLearner;

TEST(Registry, UnknownPoliciesSuggestTheNearest) {
  const std::string message = message_of<UsageError>([] { ToyLearner("mlpp:hidden=3"); });
  EXPECT_NE(message.find("no policy named 'mlpp'; did you mean 'mlp'?"), std::string::npos) << message;
}

TEST(Registry, WhatCanBeDeployedCanBeTrained) {
  for (const PolicyEntry& entry : policies()) {
    if (entry.name == "tabular" || entry.name == "bet") continue;  // no network; needs codes
    EXPECT_NO_THROW(ToyLearner{entry.name}) << entry.name;
  }
  const Dataset data = toy_training::categorical_data(4, 30);
  const auto codes = toy_training::fitted(data, "kmeans:k=3,joint=chunk");
  const Samples samples = make_samples(data, *codes, {1, 0.25, NoiseKey(2)});
  LearnerOptions options;
  options.policy = "bet:k=3";
  EXPECT_NO_THROW(Learner(samples, options));
}

}  // namespace
}  // namespace pianola
