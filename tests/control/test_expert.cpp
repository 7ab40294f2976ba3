// The controller `expert`.
#include <gtest/gtest.h>

#include "control/toy_deployment.hpp"

namespace pianola {
namespace {

using toys::keep;
using toys::toy_plan;
using toys::ToyDeployment;

TEST(ExpertController, PlaysTheExpertsRawActions) {
  const ToyDeployment toy({.spread = 10.0});
  for (const auto& run : keep(toy_plan(toy, {"expert"}, 5))) {
    for (std::size_t h = 0; h < run[0].x.size(); ++h) EXPECT_EQ(run[0].u[h], -0.5 * run[0].x[h]);
  }
}

TEST(ExpertController, DrawsAStochasticExpertsNoiseFromItsOwnStream) {
  const ToyDeployment toy({}, 0, 1, 0.25);
  const auto plan = toy_plan(toy, {"expert"}, 3);
  const auto runs = keep(plan);
  for (std::uint64_t id = 0; id < 3; ++id) {
    for (std::uint32_t h = 0; h < 20; ++h) {
      const double sign = uniform(plan.key.child("expert"), id, h) < 0.5 ? -1.0 : 1.0;
      EXPECT_DOUBLE_EQ(runs[id][0].u[h], -0.5 * runs[id][0].x[h] + 0.25 * sign);
    }
  }
}

TEST(ExpertController, PlaysNoQuantizer) {
  const ToyDeployment toy({}, 5);
  EXPECT_EQ(make_controller("expert", toy)->quantizer(), "");
}

TEST(ExpertController, NeedsAnExpert) {
  ToyDeployment toy({});
  toy.expert = nullptr;
  EXPECT_NE(toys::usage_error([&] { make_controller("expert", toy); }).find("--expert"), std::string::npos);
}

}  // namespace
}  // namespace pianola
