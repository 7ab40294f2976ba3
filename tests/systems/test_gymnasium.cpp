#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <memory>
#include <span>
#include <string>

#include "pianola/base/error.hpp"
#include "pianola/data/formats.hpp"
#include "pianola/systems/gymnasium_tasks.hpp"
#include "pianola/systems/registry.hpp"
#include "systems/conformance.hpp"
#include "systems/mujoco_fixture.hpp"

namespace pianola {
namespace {

using test::Player;

std::string data_folder() {
  const char* data = std::getenv("PIANOLA_DATA");
  return data == nullptr ? "" : std::string(data) + "/gymnasium";
}

#define SKIP_WITHOUT_DATA() \
  SKIP_WITHOUT_MUJOCO();    \
  if (data_folder().empty()) GTEST_SKIP() << "PIANOLA_DATA is not set: no MJCF and recordings of Gymnasium's tasks"

std::shared_ptr<const System> gymnasium(const std::string& task) {
  return make_system("gymnasium:" + task, {data_folder() + "/assets"});
}

class Gymnasium : public testing::TestWithParam<std::string> {};

TEST_P(Gymnasium, Conforms) {
  SKIP_WITHOUT_DATA();
  const auto system = gymnasium(GetParam());
  EXPECT_EQ(system->info().spec, "gymnasium:" + GetParam());
  EXPECT_EQ(system->info().default_expert, "");
  EXPECT_TRUE(system->info().action_range.finite());
  conformance::check_system_conformance(*system, {data_folder() + "/assets"});
}

INSTANTIATE_TEST_SUITE_P(Tasks, Gymnasium, testing::ValuesIn(gymnasium_task_names()), [](const auto& task) {
  std::string name = task.param;
  std::erase(name, '-');
  return name;
});

/// How a recorded trajectory agrees with ours, each step from the recorded observation.
struct Agreement {
  std::size_t steps = 0;
  double observation = 0.0, reward = 0.0;  ///< largest differences, relative where a number is above 1
};

double difference(double ours, double recorded) {
  return std::abs(ours - recorded) / std::max(1.0, std::abs(recorded));
}

/// Rows whose velocities are clipped cannot be set from the observation and are left out.
Agreement replay(const Trajectory& recorded, const std::shared_ptr<const System>& system, double clip) {
  const std::size_t n = system->info().observation_dim;
  Player player(system);
  Agreement out;
  for (std::size_t h = 0; h < recorded.steps; ++h) {
    const auto row = std::span(recorded.observations).subspan(h * n, n);
    const std::vector<double> seen(row.begin(), row.end());
    if (std::any_of(seen.begin(), seen.end(), [&](double x) { return std::abs(x) >= clip; })) continue;
    player.restore(mujoco_state_from_observation(*system, seen));
    player.outcome = Outcome::running;
    const auto action = std::span(recorded.actions).subspan(h * system->info().action_dim, system->info().action_dim);
    const double reward = player.step({action.begin(), action.end()});
    const auto next = player.observe();
    for (std::size_t i = 0; i < n; ++i) {
      out.observation = std::max(out.observation, difference(next[i], recorded.next_observations[h * n + i]));
    }
    out.reward = std::max(out.reward, difference(reward, recorded.rewards[h]));
    ++out.steps;
  }
  return out;
}

void expect_reproduced(const std::string& task, double clip, std::size_t least_steps) {
  const auto reader = open_dataset(data_folder() + "/demonstrations/" + task + ".hdf5");
  std::size_t steps = 0;
  for (std::size_t i = 0; i < reader->size(); ++i) {
    const Agreement agreement = replay(reader->read(i), gymnasium(task), clip);
    EXPECT_LE(agreement.observation, 1e-11) << task;
    EXPECT_LE(agreement.reward, 1e-7) << task;
    steps += agreement.steps;
  }
  EXPECT_EQ(reader->size(), 2u);
  EXPECT_GE(steps, least_steps);
}

TEST(GymnasiumRecordings, HopperIsReproducedStepByStep) {
  SKIP_WITHOUT_DATA();
  expect_reproduced("Hopper-v4", 10.0, 1500);
}

TEST(GymnasiumRecordings, HalfCheetahIsReproducedStepByStep) {
  SKIP_WITHOUT_DATA();
  expect_reproduced("HalfCheetah-v4", HUGE_VAL, 1990);
}

TEST(GymnasiumEntry, MissingModelsAndUnknownTasksSayWhatToDo) {
  SKIP_WITHOUT_MUJOCO();
  EXPECT_THROW(static_cast<void>(make_system("gymnasium:Hopper-v4", {"nowhere"})), DataError);
  EXPECT_THROW(static_cast<void>(make_system("gymnasium:Hopper-v9")), UsageError);
  EXPECT_THROW(static_cast<void>(make_system("gymnasium")), UsageError);
}

}  // namespace
}  // namespace pianola
