#include "pianola/control/block_runner.hpp"

#include <gtest/gtest.h>

#include "control/toy_deployment.hpp"

namespace pianola {
namespace {

using toys::KeepingRecorder;
using toys::toy_plan;
using toys::ToyDeployment;

TEST(BlockRunner, ABlockDoesNotSeeTheBlocksBeforeIt) {
  const ToyDeployment toy({.noise = 0.3, .fall = 1.5}, 5, 4);
  auto plan = toy_plan(toy, {"expert", "quantized:execute=3", "feedback"}, 12);
  plan.horizon = 10;  // no multiple of 3 or 4: the last chunk is left half played
  BlockRunner fresh(plan, 4), used(plan, 4);
  KeepingRecorder expected(3), ignored(3), got(3);
  fresh.run(8, expected);
  used.run(0, ignored);
  used.run(8, got);
  EXPECT_EQ(got.lanes, expected.lanes);
  EXPECT_TRUE(got.ended);
}

TEST(BlockRunner, TracesShowTokensAndAges) {
  const ToyDeployment toy({}, 5, 3);
  auto plan = toy_plan(toy, {"expert", "quantized", "feedback:execute=2"});
  plan.horizon = 6;
  BlockRunner runner(plan, 1);
  KeepingRecorder recorder(3, true);
  runner.run(0, recorder);
  const auto& lane = recorder.lanes[0];
  EXPECT_EQ(lane[0].age, (std::vector<std::uint32_t>{0, 0, 0, 0, 0, 0}));
  EXPECT_TRUE(lane[0].tokens.empty());
  EXPECT_EQ(lane[1].age, (std::vector<std::uint32_t>{0, 1, 2, 0, 1, 2}));
  EXPECT_EQ(lane[2].age, (std::vector<std::uint32_t>{0, 1, 0, 1, 0, 1}));
  for (const std::size_t c : {1, 2}) {
    ASSERT_EQ(lane[c].tokens.size(), 18U);
    for (std::size_t h = 0; h < 6; ++h) {
      const Token played = lane[c].tokens[h * 3 + lane[c].age[h]];
      EXPECT_FLOAT_EQ(static_cast<float>(lane[c].u[h]), toy.quantizer->levels(0)[played]) << c << " " << h;
    }
  }
}

}  // namespace
}  // namespace pianola
