#include <gtest/gtest.h>

#include "pianola/base/error.hpp"
#include "pianola/training/model_learner.hpp"
#include "toy_training.hpp"

namespace pianola {
namespace {

using toy_training::message_of;

TEST(ModelRegistry, WhatCanBeDeployedCanBeFitted) {
  for (const TransitionEntry& entry : transition_models()) {
    const auto learner = make_model_learner(entry.name + ":members=3");
    EXPECT_EQ(learner->spec(), entry.name + ":members=3");
    EXPECT_EQ(learner->config().members, 3);
  }
}

TEST(ModelRegistry, UnknownNamesAndOptionsSuggestTheNearest) {
  EXPECT_NE(message_of<UsageError>([] { make_model_learner("linar"); }).find("'linear'"), std::string::npos);
  EXPECT_NE(message_of<UsageError>([] { make_model_learner("mixture:component=3"); }).find("'components'"),
            std::string::npos);
}

}  // namespace
}  // namespace pianola
