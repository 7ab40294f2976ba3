#include "pianola/data/inspect.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "data/memory_reader.hpp"
#include "data/temporary_folder.hpp"
#include "pianola/base/error.hpp"
#include "pianola/base/interrupt.hpp"
#include "pianola/base/random.hpp"
#include "pianola/base/statistics.hpp"
#include "pianola/data/formats.hpp"

namespace pianola {
namespace {

using test::MemoryReader;

/// n healthy trajectories: 2-D observations, 3-D actions, rewards.
std::vector<Trajectory> healthy(std::size_t n, std::size_t steps) {
  std::vector<Trajectory> list;
  const NoiseKey key(1);
  for (std::size_t i = 0; i < n; ++i) {
    Trajectory t;
    t.name = "demo_" + std::to_string(i);
    t.steps = steps;
    for (std::uint32_t h = 0; h < steps; ++h) {
      for (std::uint32_t d = 0; d < 2; ++d) t.observations.push_back(normal(key, i, h, d));
      for (std::uint32_t d = 0; d < 3; ++d) t.actions.push_back(normal(key, i, h, 2 + d));
      t.rewards.push_back(1.0);
      t.timestamps.push_back(0.02 * h);
      t.dones.push_back(h + 1 == steps ? 1.0 : 0.0);
    }
    list.push_back(std::move(t));
  }
  return list;
}

DatasetInfo healthy_info() {
  DatasetInfo info;
  info.format = "memory";
  info.observation_dim = 2;
  info.action_dim = 3;
  info.action_range = {{-50.0, -50.0, -50.0}, {50.0, 50.0, 50.0}};
  return info;
}

Inspection look(std::vector<Trajectory> list, const DatasetInfo& info = healthy_info(),
                const InspectOptions& options = {}) {
  MemoryReader reader(info, std::move(list));
  return inspect(reader, nullptr, options);
}

const Problem* find(const Inspection& seen, const std::string& part) {
  const auto at = std::find_if(seen.problems.begin(), seen.problems.end(),
                               [&](const Problem& p) { return p.what.find(part) != std::string::npos; });
  return at == seen.problems.end() ? nullptr : &*at;
}

TEST(Inspect, HealthyDataHaveNoProblems) {
  const Inspection seen = look(healthy(20, 100));
  for (const Problem& problem : seen.problems) ADD_FAILURE() << problem.where << ": " << problem.what;
  EXPECT_EQ(seen.trajectories, 20u);
  EXPECT_EQ(seen.readable, 20u);
  EXPECT_EQ(seen.steps, 2000u);
  EXPECT_EQ(seen.steps_per_trajectory.median, 100.0);
  ASSERT_TRUE(seen.returns);
  EXPECT_EQ(seen.returns->value, 100.0);
  ASSERT_TRUE(seen.timing);
  EXPECT_NEAR(seen.timing->interval, 0.02, 1e-12);
  EXPECT_EQ(seen.timing->irregular, 0u);
  EXPECT_TRUE(seen.action_state_correlation.empty()) << "dimensions differ";
  EXPECT_EQ(seen.saturated_fraction, (std::vector<double>{0.0, 0.0, 0.0}));
}

TEST(Inspect, QuantilesAreExactInMemoryAndStreamed) {
  const auto list = healthy(15, 73);
  std::vector<double> column;
  for (const Trajectory& t : list) {
    for (std::size_t i = 1; i < t.actions.size(); i += 3) column.push_back(t.actions[i]);
  }
  const Inspection kept = look(list);
  const Inspection streamed = look(list, healthy_info(), {.range = {}, .memory = 1000});
  EXPECT_EQ(kept.actions.quantiles, streamed.actions.quantiles);
  ASSERT_EQ(kept.actions.quantiles.size(), 3u);
  for (std::size_t i = 0; i < kInspectedQuantiles.size(); ++i) {
    EXPECT_NEAR(kept.actions.quantiles[1][i], quantile(column, kInspectedQuantiles[i]), 1e-14);
  }
  EXPECT_EQ(kept.actions.quantiles[1].front(), kept.actions.min[1]);
  EXPECT_EQ(kept.actions.quantiles[1].back(), kept.actions.max[1]);
}

TEST(Inspect, ABadTrajectoryIsListedAndTheOthersCount) {
  auto list = healthy(12, 100);
  list[3].actions[3 * 17 + 2] = NAN;
  list[7].observations.pop_back();
  const Inspection seen = look(list);
  EXPECT_EQ(seen.readable, 10u);
  EXPECT_EQ(seen.steps, 1000u);
  ASSERT_EQ(seen.problems.size(), 2u);
  EXPECT_EQ(seen.problems[0].severity, Severity::error);
  EXPECT_EQ(seen.problems[0].where, "trajectory 'demo_3'");
  test::expect_parts(seen.problems[0].what, {"row 17", "dimension 2", "nan"});
  EXPECT_EQ(seen.problems[0].remedy, "mend or remove the row, or leave the trajectory out");
  EXPECT_EQ(seen.problems[1].where, "trajectory 'demo_7'");
  test::expect_parts(seen.problems[1].what, {"observations must hold"});
  EXPECT_EQ(seen.problems[1].what.find("demo_7"), std::string::npos) << "it stands in `where`";
  EXPECT_EQ(seen.actions.quantiles, look(list, healthy_info(), {.range = {}, .memory = 0}).actions.quantiles);
}

TEST(Inspect, NothingReadable) {
  auto list = healthy(2, 10);
  for (Trajectory& t : list) t.actions[0] = INFINITY;
  const Inspection seen = look(list);
  EXPECT_EQ(seen.readable, 0u);
  EXPECT_EQ(seen.steps, 0u);
  EXPECT_TRUE(seen.actions.min.empty());
  EXPECT_EQ(seen.problems.size(), 1u);
}

TEST(Inspect, ConstantAndEqualDimensions) {
  auto list = healthy(20, 100);
  for (Trajectory& t : list) {
    for (std::size_t h = 0; h < t.steps; ++h) {
      t.actions[3 * h] = 0.25;
      t.actions[3 * h + 2] = t.actions[3 * h + 1];
    }
  }
  const Inspection seen = look(list);
  ASSERT_NE(find(seen, "constant: 0.25"), nullptr);
  EXPECT_EQ(find(seen, "constant: 0.25")->where, "action dimension 0");
  ASSERT_NE(find(seen, "equal in every step"), nullptr);
  EXPECT_EQ(find(seen, "equal in every step")->where, "action dimensions 1 and 2");
  list[19].actions[3 * 99 + 2] += 1e-9;
  EXPECT_EQ(find(look(list), "equal in every step"), nullptr);
}

TEST(Inspect, SaturationAgainstARange) {
  auto list = healthy(20, 100);
  for (Trajectory& t : list) {
    for (std::size_t h = 0; h < t.steps; h += 4) t.actions[3 * h] = 1.0;
    t.actions[1] = 1.5;
    for (double& a : t.actions) a = std::clamp(a, -1.5, 1.5);
  }
  const Inspection seen = look(list, healthy_info(), {.range = ActionRange{{-9, -9, -1}, {1.0, 9, 9}}});
  EXPECT_GT(seen.saturated_fraction[0], 0.25);
  EXPECT_LT(seen.outside_fraction[0], seen.saturated_fraction[0]);
  EXPECT_GT(seen.outside_fraction[0], 0.0);
  EXPECT_EQ(seen.saturated_fraction[1], 0.0);
  EXPECT_EQ(seen.saturated_fraction[2], seen.outside_fraction[2]) << "nothing is exactly −1";
  const Problem* problem = find(seen, "at or beyond the range [-9, 1] and [-1, 9]");
  ASSERT_NE(problem, nullptr);
  test::expect_parts(problem->what, {"beyond it", "1.5"});
  test::expect_parts(problem->remedy, {"representatives=ends"});
}

TEST(Inspect, ARangeOfAnotherSystemIsRefused) {
  test::expect_parts(test::message_of<UsageError>([] {
                       look(healthy(2, 10), healthy_info(), {.range = ActionRange{{-1.0}, {1.0}}});
                     }),
                     {"1 dimensions", "actions have 3"});
}

TEST(Inspect, AtomsBetraySaturationWithoutARange) {
  DatasetInfo info = healthy_info();
  info.action_range = {};
  auto list = healthy(20, 100);
  for (Trajectory& t : list) {
    for (std::size_t i = 0; i < t.actions.size(); i += 3) t.actions[i] = std::min(t.actions[i], 1.0);
  }
  const Inspection seen = look(list, info);
  const Problem* problem = find(seen, "exactly the largest, 1");
  ASSERT_NE(problem, nullptr);
  EXPECT_EQ(problem->where, "action dimension 0");
  EXPECT_EQ(find(seen, "exactly the smallest"), nullptr);
  EXPECT_NE(find(seen, "no action range is recorded"), nullptr);
  EXPECT_TRUE(seen.saturated_fraction.empty());
}

TEST(Inspect, ActionsThatRepeatTheState) {
  DatasetInfo info = healthy_info();
  info.observation_dim = 3;
  auto list = healthy(20, 100);
  for (Trajectory& t : list) {
    t.observations = t.actions;
    for (double& x : t.observations) x = 2.0 * x + 1.0;
    for (std::size_t i = 2; i < t.observations.size(); i += 3) t.observations[i] = -t.observations[i];
  }
  const Inspection seen = look(list, info);
  ASSERT_EQ(seen.action_state_correlation.size(), 3u);
  EXPECT_NEAR(seen.action_state_correlation[0], 1.0, 1e-12);
  EXPECT_NEAR(seen.action_state_correlation[2], -1.0, 1e-12);
  const Problem* problem = find(seen, "a_t is close to s_t in 2 of 3");
  ASSERT_NE(problem, nullptr);
  test::expect_parts(problem->remedy, {"repeating the state"});
}

TEST(Inspect, TimesLengthsDonesAndCopies) {
  auto list = healthy(20, 100);
  for (std::size_t h = 50; h < 100; ++h) list[2].timestamps[h] += 0.1;  // one late frame
  list[5].dones[10] = 1.0;
  list[6] = list[7];
  list[6].name = "demo_6";
  Trajectory longer = healthy(1, 900).front();
  longer.name = "demo_20";
  list.push_back(longer);
  const Inspection seen = look(list);
  EXPECT_EQ(seen.timing->irregular, 1u);
  EXPECT_NEAR(seen.timing->longest, 0.12, 1e-9);
  EXPECT_NE(find(seen, "1 of "), nullptr);
  ASSERT_NE(find(seen, "a done before the last step"), nullptr);
  EXPECT_EQ(find(seen, "a done before the last step")->where, "trajectory 'demo_5'");
  ASSERT_NE(find(seen, "the same numbers as 'demo_6'"), nullptr);
  EXPECT_EQ(find(seen, "the same numbers as 'demo_6'")->where, "trajectory 'demo_7'");
  test::expect_parts(find(seen, "very different lengths")->what, {"100 (", "900 ('demo_20')", "median 100"});
}

TEST(Inspect, OptionalFieldsInSomeTrajectoriesAreAnError) {
  auto list = healthy(20, 100);
  list[4].rewards.clear();
  const Inspection seen = look(list);
  ASSERT_EQ(seen.problems.size(), 1u);
  EXPECT_EQ(seen.problems[0].severity, Severity::error);
  test::expect_parts(seen.problems[0].what, {"rewards", "19 of 20"});
}

TEST(Inspect, CtrlCStops) {
  request_interrupt();
  EXPECT_THROW((void)look(healthy(3, 10)), Interrupted);
  clear_interrupt();
}

TEST(Inspect, ReportsProgress) {
  class Counter final : public Progress {
   public:
    void begin(const std::string&, std::uint64_t n, const std::string&) override { total = n; }
    void advance(std::uint64_t units, const std::string&) override { done += units; }
    void end() override { ended = true; }
    std::uint64_t total = 0, done = 0;
    bool ended = false;
  } counter;
  MemoryReader reader(healthy_info(), healthy(7, 10));
  (void)inspect(reader, &counter);
  EXPECT_EQ(counter.total, 7u);
  EXPECT_EQ(counter.done, 7u);
  EXPECT_TRUE(counter.ended);
}

#ifdef PIANOLA_WITH_HDF5

class InspectRealFiles : public ::testing::Test {
 protected:
  void SetUp() override {
    const char* folder = std::getenv("PIANOLA_DATA");
    if (folder == nullptr) GTEST_SKIP() << "PIANOLA_DATA is not set: no real data";
    folder_ = folder;
  }
  std::string folder_;
};

TEST_F(InspectRealFiles, FortyFourPercentOfHoppersActionsExceedItsRange) {
  const auto reader = open_dataset(folder_ + "/gymnasium/demonstrations/Hopper-v4.hdf5");
  const Inspection seen = inspect(*reader, nullptr, {.range = ActionRange{{-1, -1, -1}, {1, 1, 1}}});
  const auto& outside = seen.outside_fraction;
  ASSERT_EQ(outside.size(), 3u);
  EXPECT_NEAR((outside[0] + outside[1] + outside[2]) / 3.0, 0.44, 0.01);
  EXPECT_NE(find(seen, "small: 2 usable trajectories"), nullptr);
  EXPECT_NE(find(seen, "of the actions lie beyond the range [-1, 1]"), nullptr);
}

TEST_F(InspectRealFiles, HumanoidActionsRepeatTheState) {
  const auto reader = open_dataset(folder_ + "/unitree_g1_lerobot_v21/as_hdf5.hdf5");
  const Inspection seen = inspect(*reader);
  EXPECT_EQ(seen.steps, 35965u);
  const auto& r = seen.action_state_correlation;
  EXPECT_NEAR(*std::min_element(r.begin(), r.end()), 0.833, 0.01);
  EXPECT_NEAR(*std::max_element(r.begin(), r.end()), 0.999, 0.001);
  EXPECT_NE(find(seen, "a_t is close to s_t in 26 of 26"), nullptr);
  ASSERT_TRUE(seen.timing);
  EXPECT_NEAR(seen.timing->interval, 1.0 / 30.0, 1e-4);
  EXPECT_NE(find(seen, "no rewards are recorded"), nullptr);
}

TEST_F(InspectRealFiles, PendulumTorqueIsClippedAtTwo) {
  const auto reader = open_dataset(folder_ + "/pendulum/pendulum_expert.hdf5");
  const Inspection seen = inspect(*reader);
  EXPECT_EQ(seen.actions.min, std::vector<double>{-2.0});
  EXPECT_NE(find(seen, "exactly the largest, 2"), nullptr);
  EXPECT_NE(find(seen, "exactly the smallest, -2"), nullptr);
}

#endif  // PIANOLA_WITH_HDF5

}  // namespace
}  // namespace pianola
