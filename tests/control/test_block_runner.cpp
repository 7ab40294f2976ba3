#include "pianola/control/block_runner.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "control/toy_deployment.hpp"
#include "pianola/quantizers/registry.hpp"

namespace {
std::atomic<std::size_t> allocations{0};
}  // namespace

[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size > 0 ? size : 1)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

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

/// Allocations between the second step and the last.
class CountingRecorder final : public Recorder {
 public:
  void begin(Ids) override {}
  void step(const StepView& view) override { (view.h < 2 ? first : last) = allocations; }
  void end() override {}
  std::size_t first = 0, last = 0;
};

TEST(BlockRunner, StepsAllocateNothing) {
  for (const std::size_t chunk : {1, 3}) {
    ToyDeployment toy({.noise = 0.1, .horizon = 50});
    FitContext fit;
    fit.action_dim = 1;
    fit.chunk = chunk;
    toy.quantizer = make_quantizer("uniform:bins=9,low=-1,high=1", fit);
    for (const char* spec : {"expert", "quantized", "feedback", "feedback:decode=mean"}) {
      auto plan = toy_plan(toy, {spec});
      plan.horizon = 50;
      BlockRunner runner(plan, 4);
      CountingRecorder recorder;
      runner.run(0, recorder);
      EXPECT_EQ(recorder.last - recorder.first, 0U) << spec << ", chunk " << chunk;
    }
  }
}

}  // namespace
}  // namespace pianola
