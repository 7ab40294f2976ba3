#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "pianola/data/inspect.hpp"

namespace pianola {
namespace {

TEST(InspectJson, FieldsThatScriptsDependOn) {
  Inspection seen;
  seen.info.format = "robomimic";
  seen.info.observation_dim = 2;
  seen.info.action_dim = 1;
  seen.info.observation_fields = {{"state", 0, 2}};
  seen.info.left_out_fields = {{"camera", 0, 12}};
  seen.trajectories = 3;
  seen.readable = 3;
  seen.steps = 30;
  seen.actions.min = {-1.0};
  seen.actions.max = {0.5};
  seen.actions.quantiles = {std::vector<double>(kInspectedQuantiles.size(), 0.25)};
  seen.problems = {{Severity::warning, "here", "what", "remedy"}};
  const auto json = to_json(seen);
  EXPECT_EQ(json.at("format"), "robomimic");
  EXPECT_EQ(json.at("trajectories"), 3);
  EXPECT_EQ(json.at("steps"), 30);
  EXPECT_EQ(json.at("observation_dim"), 2);
  EXPECT_EQ(json.at("observation_fields").dump(), R"([{"name":"state","first":0,"dim":2}])");
  EXPECT_EQ(json.at("left_out_fields").dump(), R"([{"name":"camera","dim":12}])");
  EXPECT_EQ(json.at("action_dim"), 1);
  EXPECT_EQ(json.at("action_min").dump(), "[-1.0]");
  EXPECT_EQ(json.at("action_max").dump(), "[0.5]");
  ASSERT_EQ(json.at("action_quantiles").size(), 1u);
  EXPECT_EQ(json.at("action_quantiles")[0].size(), kInspectedQuantiles.size());
  EXPECT_EQ(json.at("quantile_probabilities").size(), kInspectedQuantiles.size());
  EXPECT_EQ(json.at("problems").dump(), R"([{"severity":"warning","where":"here","what":"what","remedy":"remedy"}])");
}

TEST(InspectJson, WhatDoesNotExistIsNull) {
  const auto json = to_json(Inspection{});
  for (const char* field : {"action_min", "action_max", "action_quantiles", "steps_per_trajectory", "action_range",
                            "saturated_fraction", "return", "return_min", "timing", "action_state_correlation"}) {
    EXPECT_TRUE(json.at(field).is_null()) << field;
  }
  EXPECT_TRUE(json.at("problems").is_array());
}

TEST(InspectJson, NumbersThatAreNotFiniteAreNull) {
  Inspection seen;
  seen.action_state_correlation = {0.5, std::numeric_limits<double>::quiet_NaN()};
  EXPECT_EQ(to_json(seen).at("action_state_correlation").dump(), "[0.5,null]");
}

}  // namespace
}  // namespace pianola
