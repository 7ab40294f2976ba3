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
    if (entry.name == "tabular") continue;  // counts, without a network: tabular_trainer
    EXPECT_NO_THROW(ToyLearner{entry.name}) << entry.name;
  }
}

}  // namespace
}  // namespace pianola
