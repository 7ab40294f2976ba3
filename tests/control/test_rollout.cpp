#include "pianola/control/rollout.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <mutex>

#include "control/toy_deployment.hpp"
#include "pianola/base/interrupt.hpp"

namespace pianola {
namespace {

using toys::keep;
using toys::Recording;
using toys::Threads;
using toys::toy_plan;
using toys::ToyDeployment;

TEST(Rollout, FollowsTheClosedLoopStepByStep) {
  const ToyDeployment toy({.a = 0.9, .noise = 0.1, .gain = 0.5});
  const auto plan = toy_plan(toy, {"expert"}, 3);
  const auto runs = keep(plan);
  ASSERT_EQ(runs.size(), 3U);
  for (std::uint64_t id = 0; id < 3; ++id) {
    const Recording& run = runs[id][0];
    ASSERT_EQ(run.x.size(), 20U);
    double x = normal(plan.key.child("plant").child("initial"), id, 0);
    for (std::uint32_t h = 0; h < 20; ++h) {
      EXPECT_DOUBLE_EQ(run.x[h], x);
      EXPECT_DOUBLE_EQ(run.u[h], -0.5 * x);
      EXPECT_EQ(run.reward[h], 1.0);
      x = 0.9 * x - 0.5 * x + 0.1 * normal(plan.key.child("plant"), id, h);
      EXPECT_NEAR(run.next[h], x, 1e-15);
      x = run.next[h];
    }
  }
}

TEST(Rollout, BitsDependNeitherOnLanesNorOnThreads) {
  const ToyDeployment toy({.noise = 0.3, .fall = 1.5}, 5, 3);
  auto plan = toy_plan(toy, {"expert", "quantized", "quantized:execute=1", "feedback"}, 130);
  const auto expected = keep(plan, true);
  for (const int threads : {1, 2}) {
    const Threads scope(threads);
    for (const std::size_t lanes : {1, 7, 64}) {
      plan.lanes = lanes;
      const auto runs = keep(plan, true);
      ASSERT_EQ(runs.size(), expected.size());
      for (std::size_t i = 0; i < runs.size(); ++i) {
        for (std::size_t c = 0; c < 4; ++c) {
          const Recording &a = runs[i][c], &b = expected[i][c];
          const std::size_t n = std::min(a.x.size(), b.x.size());  // a block ends when its last lane has ended
          for (std::size_t h = 0; h < n; ++h) {
            ASSERT_EQ(a.x[h], b.x[h]) << "trajectory " << i << " controller " << c << " step " << h;
            ASSERT_EQ(a.after[h], b.after[h]);
            ASSERT_EQ(a.reward[h], b.reward[h]);
          }
        }
      }
    }
  }
}

TEST(Rollout, ControllersShareInitialStatesAndNoise) {
  const ToyDeployment toy({.noise = 1.0}, 3);
  for (const auto& run : keep(toy_plan(toy, {"expert", "expert", "quantized"}, 20))) {
    EXPECT_EQ(run[0], run[1]);
    EXPECT_EQ(run[0].x[0], run[2].x[0]);
    const auto noise = [](const Recording& r, std::size_t h) { return r.next[h] - 0.9 * r.x[h] - r.executed[h]; };
    for (std::size_t h = 0; h < 20; ++h) EXPECT_NEAR(noise(run[0], h), noise(run[2], h), 1e-12);
  }
}

TEST(Rollout, EndedLanesFreezeAndTheBlockEndsWithItsLastLane) {
  const ToyDeployment toy({.a = 2.0, .b = 0.0, .start = 1.0, .spread = 0.0, .gain = 0.0, .fall = 5.0, .horizon = 50});
  const auto runs = keep(toy_plan(toy, {"expert"}, 2));
  for (const auto& run : runs) {
    EXPECT_EQ(run[0].x, (std::vector<double>{1.0, 2.0, 4.0, 8.0})) << "three steps and one view in which all is frozen";
    EXPECT_EQ(run[0].before,
              (std::vector<Outcome>{Outcome::running, Outcome::running, Outcome::running, Outcome::terminated}));
    EXPECT_EQ(run[0].after.back(), Outcome::terminated);
    EXPECT_EQ(run[0].reward.back(), 0.0);
    EXPECT_EQ(run[0].next.back(), 8.0);
  }
}

TEST(Rollout, OthersGoOnWhenALaneEnds) {
  const ToyDeployment toy({.noise = 0.5, .fall = 1.2, .horizon = 40});
  std::size_t ended = 0, whole = 0;
  for (const auto& run : keep(toy_plan(toy, {"expert"}, 64))) {
    const Recording& r = run[0];
    for (std::size_t h = 1; h < r.x.size(); ++h) {
      EXPECT_EQ(r.before[h], r.after[h - 1]);
      if (r.before[h] == Outcome::running) continue;
      EXPECT_EQ(r.x[h], r.next[h]);
      EXPECT_EQ(r.reward[h], 0.0);
      EXPECT_EQ(r.after[h], r.before[h]);
    }
    (r.after.back() == Outcome::terminated ? ended : whole) += 1;
    if (r.after.back() != Outcome::terminated) {
      EXPECT_EQ(r.after.back(), Outcome::truncated);
    }
  }
  EXPECT_GT(ended, 0U);
  EXPECT_GT(whole, 0U);
}

TEST(Rollout, DivergenceIsAnOutcome) {
  const ToyDeployment unstable({.a = 10.0, .b = 0.0, .start = 1.0, .spread = 0.0, .gain = 0.0});
  const auto run = keep(toy_plan(unstable, {"expert"}))[0][0];
  EXPECT_EQ(run.after.back(), Outcome::diverged);
  EXPECT_EQ(run.x.back(), 1e6);
  for (const double x : run.x) EXPECT_TRUE(std::isfinite(x));
}

TEST(Rollout, AnActionThatIsNotFiniteDivergesItsLaneOnly) {
  const ToyDeployment toy({.start = 0.0, .spread = 1.0}, 0, 1, 0.0, 1.0);  // the expert is blind where |x| > 1
  std::size_t blind = 0;
  for (const auto& run : keep(toy_plan(toy, {"expert"}, 30))) {
    if (std::abs(run[0].x[0]) > 1.0) {
      ++blind;
      EXPECT_TRUE(std::isnan(run[0].u[0]));
      EXPECT_EQ(run[0].after[0], Outcome::diverged);
      EXPECT_EQ(run[0].reward[0], 0.0);
      EXPECT_EQ(run[0].next[0], run[0].x[0]);
    } else {
      EXPECT_EQ(run[0].after.back(), Outcome::truncated);
    }
  }
  EXPECT_GT(blind, 0U);
  EXPECT_LT(blind, 30U);
}

TEST(Rollout, ADisturbanceReachesThePlantAndNotTheDecision) {
  const ToyDeployment toy({.start = 1.0, .spread = 0.0});
  auto plan = toy_plan(toy, {"expert"}, 2);
  plan.disturb = [](std::uint64_t id, std::uint32_t h, std::span<double> u) { u[0] += id == 1 && h == 0 ? 1.0 : 0.0; };
  const auto runs = keep(plan);
  EXPECT_EQ(runs[0][0].u, runs[0][0].executed);
  EXPECT_EQ(runs[1][0].u[0], -0.5);
  EXPECT_EQ(runs[1][0].executed[0], 0.5);
  EXPECT_DOUBLE_EQ(runs[1][0].next[0], 1.4);
}

TEST(Rollout, FirstIdShiftsTrajectories) {
  const ToyDeployment toy({.noise = 0.1});
  auto plan = toy_plan(toy, {"expert"}, 5);
  const auto all = keep(plan);
  plan.first_id = 3;
  plan.rollouts = 2;
  const auto later = keep(plan);
  EXPECT_EQ(later[0], all[3]);
  EXPECT_EQ(later[1], all[4]);
}

TEST(Rollout, TheHorizonIsTheSystemsUnlessGiven) {
  const ToyDeployment toy({});
  auto plan = toy_plan(toy, {"expert"});
  EXPECT_EQ(keep(plan)[0][0].x.size(), 20U);
  plan.horizon = 3;
  const auto run = keep(plan)[0][0];
  EXPECT_EQ(run.x.size(), 3U);
  EXPECT_EQ(run.after, (std::vector<Outcome>{Outcome::running, Outcome::running, Outcome::truncated}));
}

TEST(Rollout, PlantsAreReusedAndRecordersDoNotPileUp) {
  for (const int count : {1, 2}) {
    const Threads threads(count);
    const ToyDeployment toy({});
    auto plan = toy_plan(toy, {"expert"}, 4000);
    plan.lanes = 4;
    std::atomic<int> alive = 0, most = 0;
    class Counting final : public Recorder {
     public:
      explicit Counting(std::atomic<int>& counter) : counter_(counter) {}
      ~Counting() override { --counter_; }
      void begin(Ids) override {}
      void step(const StepView&) override {}
      void end() override {}

     private:
      std::atomic<int>& counter_;
    };
    std::size_t merged = 0;
    rollout(
        plan,
        [&](const Block&) {
          const int now = ++alive;
          for (int seen = most; seen < now && !most.compare_exchange_weak(seen, now);) {
          }
          return std::make_unique<Counting>(alive);
        },
        [&](Recorder&) { ++merged; });
    EXPECT_EQ(merged, 1000U);
    EXPECT_EQ(alive, 0);
    EXPECT_LE(most, 4 * count + 1);
    EXPECT_LE(toy.toy_system->simulations, static_cast<std::size_t>(count));
  }
}

class CountingProgress final : public Progress {
 public:
  void begin(const std::string& what, std::uint64_t total, const std::string&) override {
    name = what, expected = total;
  }
  void advance(std::uint64_t units, const std::string&) override {
    const std::lock_guard lock(mutex_);
    done += units;
  }
  void end() override { ended = true; }
  std::string name;
  std::uint64_t expected = 0, done = 0;
  bool ended = false;

 private:
  std::mutex mutex_;
};

TEST(Rollout, ProgressEndsAtItsTotalEvenIfTrajectoriesEndEarly) {
  const ToyDeployment toy({.noise = 0.4, .fall = 1.0, .horizon = 300});
  auto plan = toy_plan(toy, {"expert"}, 50);
  CountingProgress progress;
  plan.progress = &progress;
  plan.lanes = 7;
  plan.activity = "walk";
  keep(plan);
  EXPECT_EQ(progress.name, "walk");
  EXPECT_EQ(progress.expected, 50U * 300U);
  EXPECT_EQ(progress.done, progress.expected);
  EXPECT_TRUE(progress.ended);
}

TEST(Rollout, CtrlCInterrupts) {
  const ToyDeployment toy({});
  auto plan = toy_plan(toy, {"expert"}, 100);
  CountingProgress progress;
  plan.progress = &progress;
  request_interrupt();
  EXPECT_THROW(keep(plan), Interrupted);
  clear_interrupt();
  EXPECT_TRUE(progress.ended);
  EXPECT_EQ(keep(plan).size(), 100U);
}

TEST(Rollout, SaysWhatIsMissing) {
  const ToyDeployment toy({.horizon = 0});
  auto plan = toy_plan(toy, {"expert"});
  EXPECT_NE(toys::usage_error([&] { keep(plan); }).find("--horizon"), std::string::npos);
  plan.horizon = 1;
  plan.controllers.clear();
  EXPECT_NE(toys::usage_error([&] { keep(plan); }).find("--controller"), std::string::npos);
  plan.system = nullptr;
  EXPECT_NE(toys::usage_error([&] { keep(plan); }).find("--system"), std::string::npos);
}

TEST(BalancedLanes, KeepAllThreadsBusy) {
  const Threads threads(2);
  const ToyDeployment toy({});
  EXPECT_EQ(balanced_lanes(*toy.system, 1), 1U);
  EXPECT_EQ(balanced_lanes(*toy.system, 20), 3U);
  EXPECT_EQ(balanced_lanes(*toy.system, 1000000), 64U);
}

}  // namespace
}  // namespace pianola
