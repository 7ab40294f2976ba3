#include "pianola/control/rate_limit.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "control/toy_deployment.hpp"
#include "pianola/data/action_representation.hpp"
#include "pianola/quantizers/registry.hpp"

namespace pianola {
namespace {

using toys::ToyQuantizer;

TEST(RateLimit, NothingMovesFasterThanItsLimit) {
  RateLimit limit("test", {0.5, 2.0}, ToyQuantizer(4, 1, 2));
  std::vector<double> actions{1.0, 1.0};
  limit.apply(actions);
  EXPECT_EQ(actions, (std::vector<double>{1.0, 1.0})) << "the first one has none before it";
  actions = {3.0, 2.5};
  limit.apply(actions);
  EXPECT_EQ(actions, (std::vector<double>{1.5, 2.5}));
  actions = {-3.0, -9.0};
  limit.apply(actions);
  EXPECT_EQ(actions, (std::vector<double>{1.0, 0.5}));
  limit.reset();
  actions = {7.0, 7.0};
  limit.apply(actions);
  EXPECT_EQ(actions[0], 7.0);
}

TEST(RateLimit, OneNumberIsForAllDimensionsAndNoneIsNoLimit) {
  RateLimit one("test", {0.5}, ToyQuantizer(4, 1, 2)), none;
  std::vector<double> actions{0.0, 0.0}, free{5.0, 5.0};
  one.apply(actions);
  actions = {5.0, -5.0};
  one.apply(actions);
  EXPECT_EQ(actions, (std::vector<double>{0.5, -0.5}));
  none.apply(free);
  EXPECT_EQ(free, (std::vector<double>{5.0, 5.0}));
}

TEST(RateLimit, WhatIsNotFinitePassesAndIsForgotten) {
  RateLimit limit("test", {0.5}, ToyQuantizer(4));
  std::vector<double> action{1.0};
  limit.apply(action);
  action = {std::numeric_limits<double>::quiet_NaN()};
  limit.apply(action);
  EXPECT_TRUE(std::isnan(action[0]));
  action = {9.0};
  limit.apply(action);
  EXPECT_EQ(action[0], 1.5);
}

TEST(RateLimit, AnglesGoTheShortWay) {
  const ActionRepresentation map({{.kind = ActionKind::angle, .first = 0, .width = 1, .period = 2.0},
                                  {.kind = ActionKind::linear, .first = 1, .width = 1}},
                                 {}, {}, 0);
  FitContext context;
  context.action_dim = 2;
  context.chunk = 1;
  context.representation = &map;
  context.range = {{-1.0, -1.0}, {1.0, 1.0}};
  const auto quantizer = make_quantizer("uniform:bins=4,low=-1,high=1", context);
  RateLimit limit("test", {0.25}, *quantizer);
  std::vector<double> actions{0.875, 0.875};
  limit.apply(actions);
  actions = {-0.875, -0.875};
  limit.apply(actions);
  EXPECT_EQ(actions, (std::vector<double>{-0.875, 0.625})) << "a quarter turn on, across the seam";
}

TEST(RateLimit, RefusesWhatLimitsNothing) {
  const ToyQuantizer quantizer(4, 1, 2);
  EXPECT_NE(toys::usage_error([&] { RateLimit("test", {1, 2, 3}, quantizer); }).find("2 (one"), std::string::npos);
  EXPECT_NE(toys::usage_error([&] { RateLimit("test", {0.0}, quantizer); }).find("positive"), std::string::npos);
  EXPECT_NE(toys::usage_error([&] { RateLimit("test", {NAN}, quantizer); }).find("positive"), std::string::npos);
}

}  // namespace
}  // namespace pianola
