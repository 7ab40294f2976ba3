#include "pianola/control/collect.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "control/toy_deployment.hpp"

namespace pianola {
namespace {

using toys::Threads;
using toys::ToyDeployment;

CollectPlan plan_of(const ToyDeployment& toy, std::size_t trajectories) {
  CollectPlan plan;
  plan.system = toy.system;
  plan.expert = toy.expert;
  plan.key = NoiseKey(5);
  plan.trajectories = trajectories;
  return plan;
}

std::vector<Trajectory> all(const CollectPlan& plan, Collection* summary = nullptr) {
  std::vector<Trajectory> out;
  const auto collection = collect(plan, [&](const Trajectory& trajectory) { out.push_back(trajectory); });
  if (summary != nullptr) *summary = collection;
  return out;
}

TEST(Collect, RecordsTheExpertsOwnTrajectories) {
  const ToyDeployment toy({.noise = 0.1});
  const auto plan = plan_of(toy, 7);
  Collection summary;
  const auto trajectories = all(plan, &summary);
  const auto info = collected_info(plan);
  ASSERT_EQ(trajectories.size(), 7U);
  for (std::size_t i = 0; i < 7; ++i) {
    const Trajectory& t = trajectories[i];
    EXPECT_NO_THROW(check_trajectory(t, info, "test"));
    EXPECT_EQ(t.name, "demo_" + std::to_string(i));
    EXPECT_EQ(t.steps, 20U);
    EXPECT_EQ(t.outcome, Outcome::truncated);
    EXPECT_TRUE(t.executed_actions.empty());
    EXPECT_TRUE(t.timestamps.empty());
    EXPECT_EQ(t.dones, std::vector<double>(20, 0.0));
    for (std::uint32_t h = 0; h < 20; ++h) {
      EXPECT_EQ(t.actions[h], -0.5 * t.observations[h]);
      const double noise = 0.1 * normal(plan.key.child("plant"), i, h);
      EXPECT_NEAR(t.next_observations[h], 0.9 * t.observations[h] + t.actions[h] + noise, 1e-15);
      if (h > 0) {
        EXPECT_EQ(t.observations[h], t.next_observations[h - 1]);
      }
    }
  }
  EXPECT_EQ(summary.trajectories, 7U);
  EXPECT_EQ(summary.steps, 140U);
  EXPECT_EQ(summary.total_return.value, 20.0);
  EXPECT_EQ(summary.total_return.n, 7U);
  EXPECT_EQ(summary.terminated_fraction, 0.0);
  EXPECT_EQ(summary.diverged_fraction, 0.0);
}

TEST(Collect, TrajectoriesEndWhereTheTaskEnds) {
  const ToyDeployment toy({.noise = 0.5, .fall = 1.2, .horizon = 40});
  Collection summary;
  std::size_t ended = 0, steps = 0;
  for (const auto& t : all(plan_of(toy, 60), &summary)) {
    steps += t.steps;
    if (t.outcome == Outcome::terminated) {
      ++ended;
      EXPECT_EQ(t.dones.back(), 1.0);
      EXPECT_GT(std::abs(t.next_observations.back()), 1.2);
    } else {
      EXPECT_EQ(t.outcome, Outcome::truncated);
      EXPECT_EQ(t.steps, 40U);
      EXPECT_EQ(t.dones.back(), 0.0);
    }
    for (std::size_t h = 0; h + 1 < t.steps; ++h) EXPECT_EQ(t.dones[h], 0.0);
  }
  EXPECT_GT(ended, 0U);
  EXPECT_LT(ended, 60U);
  EXPECT_EQ(summary.steps, steps);
  EXPECT_DOUBLE_EQ(summary.terminated_fraction, static_cast<double>(ended) / 60.0);
}

TEST(Collect, PerturbedTrajectoriesKeepCleanLabels) {
  const ToyDeployment toy({});
  auto plan = plan_of(toy, 10);
  plan.perturb_sigma = 0.3;
  plan.clean = 0.5;
  const auto trajectories = all(plan);
  for (std::uint64_t i = 0; i < 10; ++i) {
    const Trajectory& t = trajectories[i];
    ASSERT_EQ(t.executed_actions.size(), 20U) << "in all trajectories or in none";
    for (std::uint32_t h = 0; h < 20; ++h) {
      EXPECT_EQ(t.actions[h], -0.5 * t.observations[h]) << "the label is the expert's at the state it saw";
      const double noise = i % 2 == 1 ? 0.3 * normal(plan.key.child("perturb"), i, h) : 0.0;
      EXPECT_DOUBLE_EQ(t.executed_actions[h], t.actions[h] + noise);
      EXPECT_NEAR(t.next_observations[h], 0.9 * t.observations[h] + t.executed_actions[h], 1e-15);
    }
  }
}

TEST(Collect, PerturbationsAreSpreadEvenly) {
  CollectPlan plan;
  plan.perturb_sigma = 1.0;
  for (const double clean : {0.0, 0.1, 0.25, 0.5, 0.7, 0.9, 1.0}) {
    plan.clean = clean;
    std::size_t count = 0;
    for (std::uint64_t i = 0; i < 1000; ++i) {
      count += perturbed(plan, i) ? 1 : 0;
      EXPECT_NEAR(static_cast<double>(count), static_cast<double>(i + 1) * (1.0 - clean), 1.0) << clean;
    }
    EXPECT_EQ(count, static_cast<std::size_t>(std::lround(1000.0 * (1.0 - clean)))) << clean;
  }
  plan.perturb_sigma = 0.0;
  plan.clean = 0.0;
  EXPECT_FALSE(perturbed(plan, 1));
}

TEST(Collect, ADivergedTrajectoryKeepsItsFiniteRows) {
  const ToyDeployment toy({.a = 10.0, .b = 0.0, .start = 1.0, .spread = 0.0, .gain = 1e-3, .horizon = 50}, 0, 1, 0.0,
                          1e4);
  const auto plan = plan_of(toy, 1);  // 1, 10, …, 10⁵, where the expert is blind
  const auto t = all(plan).at(0);
  EXPECT_EQ(t.outcome, Outcome::diverged);
  EXPECT_EQ(t.steps, 5U);
  EXPECT_EQ(t.dones, std::vector<double>(5, 0.0)) << "the task did not end";
  EXPECT_NO_THROW(check_trajectory(t, collected_info(plan), "test"));
}

TEST(Collect, TheStepThatDivergesIsNoTransition) {
  const ToyDeployment toy({.a = 10.0, .b = 0.0, .start = 1.0, .spread = 0.0, .gain = 1e-9, .horizon = 50});
  Collection summary;
  const auto plan = plan_of(toy, 2);  // 1, 10, …, 10⁶, whose next state the plant refuses
  const auto t = all(plan, &summary).at(0);
  EXPECT_EQ(t.outcome, Outcome::diverged);
  ASSERT_EQ(t.steps, 6U);
  for (std::size_t h = 0; h < t.steps; ++h) EXPECT_EQ(t.next_observations[h], 10.0 * t.observations[h]) << h;
  EXPECT_EQ(summary.diverged_fraction, 1.0);
  EXPECT_EQ(summary.terminated_fraction, 0.0);
  EXPECT_EQ(summary.steps, 12U);
}

TEST(Collect, BitsDependNeitherOnLanesNorOnThreads) {
  const ToyDeployment toy({.noise = 0.3, .fall = 1.5});
  auto plan = plan_of(toy, 70);
  plan.perturb_sigma = 0.1;
  plan.clean = 0.3;
  std::string first;
  for (const int threads : {1, 2}) {
    const Threads scope(threads);
    for (const std::size_t lanes : {0, 1, 7, 64}) {
      plan.lanes = lanes;
      Dataset dataset(collected_info(plan));
      for (const auto& t : all(plan)) dataset.append(t);
      if (first.empty()) first = dataset.fingerprint();
      EXPECT_EQ(dataset.fingerprint(), first) << lanes << " lanes, " << threads << " threads";
    }
  }
}

TEST(Collect, RecordsWhereItComesFrom) {
  const ToyDeployment toy({});
  auto plan = plan_of(toy, 1);
  plan.perturb_sigma = 0.25;
  plan.clean = 0.5;
  const auto info = collected_info(plan);
  EXPECT_EQ(info.observation_dim, 1U);
  EXPECT_EQ(info.action_dim, 1U);
  EXPECT_TRUE(info.action_range.low.empty()) << "the toy's range is not finite";
  EXPECT_EQ(info.attributes.at("system"), "toy");
  EXPECT_EQ(info.attributes.at("expert"), "toy");
  EXPECT_EQ(info.attributes.at("seed"), "5");
  EXPECT_EQ(info.attributes.at("horizon"), "20");
  EXPECT_EQ(info.attributes.at("perturb"), "sigma=0.25,clean=0.5");
  EXPECT_FALSE(info.attributes.contains("simulator"));
}

TEST(Collect, SaysWhatIsWrong) {
  const ToyDeployment toy({}), blind({}, 0, 1, 0.0, 0.0);
  const auto error = [&](auto change, const ToyDeployment& deployment) {
    auto plan = plan_of(deployment, 2);
    change(plan);
    return toys::usage_error([&] { all(plan); });
  };
  EXPECT_NE(error([](auto& p) { p.perturb_sigma = -1.0; }, toy).find("-1"), std::string::npos);
  EXPECT_NE(error([](auto& p) { p.clean = 1.5; }, toy).find("1.5"), std::string::npos);
  EXPECT_NE(error([](auto& p) { p.expert = nullptr; }, toy).find("--expert"), std::string::npos);
  EXPECT_NE(error([](auto& p) { p.system = nullptr; }, toy).find("--system"), std::string::npos);
  EXPECT_NE(error([](auto&) {}, blind).find("demo_0"), std::string::npos);
}

TEST(Collect, AFullDiskStopsIt) {
  const ToyDeployment toy({});
  std::size_t written = 0;
  EXPECT_THROW(collect(plan_of(toy, 1000),
                       [&](const Trajectory&) {
                         if (++written == 3) throw ResourceError("disk full");
                       }),
               ResourceError);
  EXPECT_EQ(written, 3U);
}

}  // namespace
}  // namespace pianola
