// test_gymnasium_tasks.golden.txt holds what Gymnasium's own environments did (test_gymnasium_tasks_golden.py).
#include "pianola/systems/gymnasium_tasks.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "pianola/base/error.hpp"
#include "pianola/systems/registry.hpp"
#include "systems/mujoco_fixture.hpp"

namespace pianola {
namespace {

using test::Player;

/// As pattern() of the script.
double pattern(std::size_t i, std::size_t a, std::size_t b, std::size_t m) {
  return static_cast<double>((a * i + b) % m) - static_cast<double>(m / 2);
}

struct Golden {
  std::string name;
  std::size_t observation_dim = 0, steps = 0;
  bool terminated = false;
  std::vector<double> rewards, first, last;
};

struct GoldenFile {
  std::string provenance;
  std::vector<Golden> tasks;
};

GoldenFile read_golden() {
  std::ifstream file(PIANOLA_GOLDEN);
  GoldenFile out;
  std::getline(file, out.provenance);
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    Golden golden;
    words >> golden.name >> golden.observation_dim >> golden.steps >> golden.terminated;
    const auto read = [&](std::size_t count) {
      std::vector<double> numbers(count);
      for (double& x : numbers) words >> x;
      return numbers;
    };
    golden.rewards = read(golden.steps), golden.first = read(2), golden.last = read(2);
    EXPECT_TRUE(words) << line;
    out.tasks.push_back(std::move(golden));
  }
  return out;
}

void expect_digest(const std::vector<double>& x, const std::vector<double>& expected, const char* which) {
  double sum = 0.0, weighted = 0.0, size = 1.0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    sum += x[i], weighted += x[i] * pattern(i, 5, 1, 7), size += 3.0 * std::abs(x[i]);
  }
  EXPECT_NEAR(sum, expected[0], 1e-11 * size) << which;
  EXPECT_NEAR(weighted, expected[1], 1e-11 * size) << which;
}

/// Positions and velocities of a task without noise.
struct Start {
  std::vector<double> qpos, qvel;
};

Start start_of(MujocoTask task) {
  task.reset.clear();
  task.observation = {{.source = "qpos"}};
  Start start{Player(make_mujoco_system(task)).observe(), {}};
  task.observation = {{.source = "qvel"}};
  start.qvel = Player(make_mujoco_system(task)).observe();
  for (std::size_t i = 0; i < start.qpos.size(); ++i) start.qpos[i] += pattern(i, 7, 3, 11) / 512;
  for (std::size_t i = 0; i < start.qvel.size(); ++i) start.qvel[i] += pattern(i, 3, 1, 7) / 64;
  return start;
}

void replay(const Golden& golden, const std::string& assets) {
  SCOPED_TRACE(golden.name);
  MujocoTask task = gymnasium_task(golden.name);
  task.model = assets + "/" + task.model;
  const auto system = make_mujoco_system(task);
  ASSERT_EQ(system->info().observation_dim, golden.observation_dim);
  const Start start = start_of(task);
  Player player(system);
  player.restore(mujoco_state(*system, start.qpos, start.qvel));
  expect_digest(player.observe(), golden.first, "first observation");
  for (std::size_t h = 0; h < golden.steps; ++h) {
    ASSERT_EQ(player.outcome, Outcome::running) << "step " << h;
    std::vector<double> action = system->info().action_range.high;
    for (std::size_t i = 0; i < action.size(); ++i) action[i] = 1.5 * action[i] * pattern(i, 3, 5 * h, 9) / 4;
    EXPECT_NEAR(player.step(action), golden.rewards[h], 1e-11 * (1.0 + std::abs(golden.rewards[h]))) << "step " << h;
  }
  expect_digest(player.observe(), golden.last, "last observation");
  EXPECT_EQ(player.outcome, golden.terminated ? Outcome::terminated : Outcome::running);
}

TEST(GymnasiumTasks, DoWhatGymnasiumsEnvironmentsDo) {
  SKIP_WITHOUT_MUJOCO();
  const char* data = std::getenv("PIANOLA_DATA");
  if (data == nullptr) GTEST_SKIP() << "PIANOLA_DATA is not set: no MJCF of Gymnasium's tasks";
  const std::string assets = std::string(data) + "/gymnasium/assets";
  const GoldenFile golden = read_golden();
  ASSERT_FALSE(golden.provenance.empty()) << "cannot read " PIANOLA_GOLDEN;
  const std::string simulator = make_system("gymnasium:Hopper-v4", {assets})->info().simulator;
  if (golden.provenance.find(simulator) == std::string::npos) {
    GTEST_SKIP() << "recorded as '" << golden.provenance << "', this is " << simulator;
  }
  ASSERT_EQ(golden.tasks.size(), gymnasium_task_names().size());
  for (const Golden& task : golden.tasks) replay(task, assets);
}

TEST(GymnasiumTasks, HaveGymnasiumsTimeLimits) {
  for (const std::string& name : gymnasium_task_names()) {
    EXPECT_EQ(gymnasium_task(name).horizon, name.starts_with("Reacher") ? 50 : 1000) << name;
  }
}

TEST(GymnasiumTasks, UnknownNamesSuggestTheNearest) {
  try {
    static_cast<void>(gymnasium_task("Hoper-v4"));
    FAIL();
  } catch (const UsageError& error) {
    EXPECT_NE(std::string(error.what()).find("did you mean 'Hopper-v4'"), std::string::npos) << error.what();
  }
  EXPECT_THROW(static_cast<void>(gymnasium_task("Hopper")), UsageError);
  EXPECT_THROW(static_cast<void>(gymnasium_task("Hopper-v3")), UsageError);
}

}  // namespace
}  // namespace pianola
