#include "pianola/control/block_runner.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <limits>

#include "control/toy_deployment.hpp"
#include "counted_allocations.hpp"
#include "pianola/quantizers/registry.hpp"

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

/// A toy plant whose rewards a rule replaces.
using RewardRule = std::function<double(std::uint64_t id, std::uint32_t h, Outcome before)>;

class RewardedToy final : public System {
 public:
  RewardedToy(toys::ToyOptions options, RewardRule rule) : toy_(options), rule_(std::move(rule)) {}
  [[nodiscard]] const SystemInfo& info() const override { return toy_.info(); }
  [[nodiscard]] std::unique_ptr<Simulation> simulate(std::size_t lanes) const override {
    return std::make_unique<Rewarded>(*this, lanes);
  }

 private:
  class Rewarded final : public Simulation {
   public:
    Rewarded(const RewardedToy& system, std::size_t lanes) : system_(system), plant_(system.toy_.simulate(lanes)) {}
    [[nodiscard]] const System& system() const override { return system_; }
    [[nodiscard]] std::size_t lanes() const override { return plant_->lanes(); }
    void reset(const NoiseKey& key, Ids ids) override {
      ids_.assign(ids.begin(), ids.end());
      plant_->reset(key, ids);
    }
    void observe(std::span<double> out) const override { plant_->observe(out); }
    void step(std::span<const std::uint32_t> h, std::span<const double> actions, std::span<double> rewards,
              std::span<Outcome> outcomes) override {
      for (std::size_t i = 0; i < ids_.size(); ++i) rewards_[i] = system_.rule_(ids_[i], h[i], outcomes[i]);
      plant_->step(h, actions, rewards, outcomes);
      std::ranges::copy(rewards_, rewards.begin());
    }
    void save(std::span<double> out) const override { plant_->save(out); }
    void restore(std::span<const double> saved) override { plant_->restore(saved); }

   private:
    const RewardedToy& system_;
    std::unique_ptr<Simulation> plant_;
    std::vector<std::uint64_t> ids_;
    std::vector<double> rewards_ = std::vector<double>(plant_->lanes());
  };

  toys::ToySystem toy_;
  RewardRule rule_;
};

TEST(BlockRunner, ALaneWhoseRewardIsNotFiniteDiverges) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const double bad[] = {-kInfinity, kInfinity, std::numeric_limits<double>::quiet_NaN()};
  const auto rule = [&](std::uint64_t id, std::uint32_t h, Outcome before) {
    if (before != Outcome::running) return 0.0;
    return id < 3 && h == 2 + id ? bad[id] : 1.0;
  };
  ToyDeployment toy({});
  toy.system = std::make_shared<RewardedToy>(toys::ToyOptions{.horizon = 8}, rule);
  auto plan = toy_plan(toy, {"expert"});
  plan.horizon = 8;
  BlockRunner runner(plan, 4);
  KeepingRecorder recorder(1);
  runner.run(0, recorder);
  for (std::size_t id = 0; id < 4; ++id) {
    const auto& lane = recorder.lanes[id][0];
    for (std::size_t h = 0; h < 8; ++h) {
      const bool ended = id < 3 && h >= 2 + id, last = h == 7;
      EXPECT_EQ(lane.reward[h], ended ? 0.0 : 1.0) << id << " " << h;
      EXPECT_EQ(lane.after[h], ended  ? Outcome::diverged
                               : last ? Outcome::truncated
                                      : Outcome::running)
          << id << " " << h;
    }
  }
}

TEST(BlockRunner, ALaneThatEndedBeforeKeepsItsOutcomeWhateverItsReward) {
  const auto rule = [](std::uint64_t, std::uint32_t, Outcome before) {
    return before == Outcome::running ? 1.0 : std::numeric_limits<double>::quiet_NaN();
  };
  const toys::ToyOptions falls{.a = 2.0, .b = 0.0, .start = 1.0, .spread = 0.0, .fall = 3.0, .horizon = 8};
  ToyDeployment toy(falls);
  toy.system = std::make_shared<RewardedToy>(falls, rule);
  auto plan = toy_plan(toy, {"expert"});
  plan.horizon = 8;
  BlockRunner runner(plan, 1);
  KeepingRecorder recorder(1);
  runner.run(0, recorder);
  const auto& lane = recorder.lanes[0][0];  // 1, 2, 4: fallen after two steps
  EXPECT_EQ(lane.reward, (std::vector<double>{1.0, 1.0, 0.0}));
  EXPECT_EQ(lane.after, (std::vector<Outcome>{Outcome::running, Outcome::terminated, Outcome::terminated}));
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
