#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "pianola/base/error.hpp"
#include "pianola/base/parallel.hpp"
#include "pianola/systems/registry.hpp"
#include "systems/conformance.hpp"
#include "systems/mujoco_fixture.hpp"

namespace pianola {
namespace {

using test::data_error_of;
using test::fixture;
using test::fixture_task;
using test::Player;

constexpr const char* kNoise = "reset = [{ target = 'qpos', count = 2, low = -0.3, high = 0.3 }]\n";
/// Reads something of every derived array.
constexpr const char* kEverything = R"(
observation = [{ source = 'qpos' }, { source = 'qvel' }, { source = 'site', name = 'hand', minus = 'middle' },
               { source = 'body', name = 'arm' }, { source = 'subtree_com', name = 'world' }, { source = 'sensor' },
               { source = 'cinert' }, { source = 'cvel' }, { source = 'qfrc_actuator' }, { source = 'cfrc_ext' }]
reward = [{ term = 'velocity', source = 'body', name = 'arm', count = 1 },
          { term = 'norm', before = true, source = 'site', name = 'hand', minus = 'middle' }]
reset = [{ target = 'qpos', count = 2, low = -0.3, high = 0.3 }]
)";
/// One mass on a rail with friction d: x' is known in closed form.
constexpr const char* kMass = R"(<mujoco><option timestep="0.01" integrator="RK4"/><worldbody>
  <body><joint name="x" type="slide" axis="1 0 0" damping="0.5"/><geom size="0.1" mass="2"/></body></worldbody>
  <actuator><motor joint="x" gear="3" ctrllimited="true" ctrlrange="-1 1"/></actuator></mujoco>)";

/// Conformance of everything but the spec, which stands for no registered system here.
void check(const System& system) {
  conformance::check_info(system);
  conformance::check_lane_counts(system);
  conformance::check_save_restore(system);
  conformance::check_shared_noise(system);
  conformance::check_frozen_lanes(system);
  conformance::check_observe_is_pure(system);
  conformance::check_reset(system);
  conformance::check_non_finite_actions(system);
  conformance::check_rewards(system);
}

TEST(MujocoSystem, Conforms) {
  SKIP_WITHOUT_MUJOCO();
  check(*fixture(kEverything));
  check(*fixture(kNoise));
}

TEST(MujocoSystem, SavedStatesHoldWhatObservationsAndRewardsRead) {
  SKIP_WITHOUT_MUJOCO();
  const auto system = fixture(kEverything);
  Player one(system), other(system, 5);
  for (int h = 0; h < 20; ++h) one.step({std::sin(h), 0.2});
  other.restore(one.save());
  EXPECT_EQ(other.observe(), one.observe());
  EXPECT_EQ(other.step({0.3, 0.1}), one.step({0.3, 0.1}));
  EXPECT_EQ(other.observe(), one.observe());
}

TEST(MujocoSystem, InfoIsTheModelsAndTheTasks) {
  SKIP_WITHOUT_MUJOCO();
  const auto system = fixture("frame_skip = 4\nhorizon = 70\nexpert = 'lqr'\nreward_range = [0, 2]");
  const SystemInfo& info = system->info();
  EXPECT_EQ(info.observation_dim, 17u);
  EXPECT_EQ(info.action_dim, 2u);
  EXPECT_EQ(info.horizon, 70u);
  EXPECT_DOUBLE_EQ(info.step_seconds, 0.02);
  EXPECT_EQ(info.action_range.low[0], -2.0);
  EXPECT_EQ(info.action_range.high[1], std::numeric_limits<double>::infinity());
  EXPECT_FALSE(info.action_range.finite());
  EXPECT_EQ(info.reward_high, 2.0);
  EXPECT_EQ(info.default_expert, "lqr");
  EXPECT_EQ(info.simulator.rfind("mujoco ", 0), 0u);
}

TEST(MujocoSystem, TheTasksActionRangeIsInsideTheActuators) {
  SKIP_WITHOUT_MUJOCO();
  const auto range = fixture("action_low = [-5, -1]\naction_high = [1, 1]")->info().action_range;
  EXPECT_EQ(range.low, (std::vector<double>{-2, -1}));
  EXPECT_EQ(range.high, (std::vector<double>{1, 1}));
  EXPECT_NE(data_error_of([] { fixture("action_low = [1]"); }).find("2 numbers, one an actuator"), std::string::npos);
  EXPECT_NE(data_error_of([] { fixture("action_low = [3, 0]"); }).find("which is empty"), std::string::npos);
  EXPECT_NE(data_error_of([] { fixture("action_low = [0, nan]"); }).find("action_low[1] must be a number, not nan"),
            std::string::npos);
  EXPECT_NE(data_error_of([] { fixture("action_high = [nan, 0]"); }).find("action_high[0]"), std::string::npos);
  EXPECT_EQ(fixture("action_low = [-inf, -1]")->info().action_range.low, (std::vector<double>{-2, -1}));
}

TEST(MujocoSystem, ActionsOutOfRangeAreClamped) {
  SKIP_WITHOUT_MUJOCO();
  Player a(fixture(kNoise)), b(fixture(kNoise));
  a.step({2.0, 0.0});
  b.step({1e200, 0.0});
  EXPECT_EQ(a.observe(), b.observe());
}

TEST(MujocoSystem, FollowsTheClosedForm) {
  SKIP_WITHOUT_MUJOCO();
  const auto system = fixture("frame_skip = 5", kMass);
  Player player(system);
  double t = 0.0;
  for (int h = 0; h < 40; ++h) {
    player.step({0.7});
    t += 0.05;
    // 2 ẍ = 2.1 − 0.5 ẋ from rest
    const double v = 4.2 * (1.0 - std::exp(-0.25 * t)), x = 4.2 * (t - 4.0 * (1.0 - std::exp(-0.25 * t)));
    EXPECT_NEAR(player.observe()[0], x, 1e-10);
    EXPECT_NEAR(player.observe()[1], v, 1e-10);
  }
}

TEST(MujocoSystem, LinearisesAsTheClosedForm) {
  SKIP_WITHOUT_MUJOCO();
  const auto system = fixture("frame_skip = 5", kMass);
  const auto model = system->linearise(std::vector<double>{0.0, 0.0}, std::vector<double>{0.0});
  ASSERT_TRUE(model.has_value());
  const double decay = std::exp(-0.25 * 0.05);
  EXPECT_NEAR(model->a[0], 1.0, 1e-9);
  EXPECT_NEAR(model->a[1], 4.0 * (1.0 - decay), 1e-9);
  EXPECT_NEAR(model->a[2], 0.0, 1e-9);
  EXPECT_NEAR(model->a[3], decay, 1e-9);
  EXPECT_NEAR(model->b[0], 6.0 * (0.05 - 4.0 * (1.0 - decay)), 1e-9);
  EXPECT_NEAR(model->b[1], 6.0 * (1.0 - decay), 1e-9);
}

/// What UsageError says of linearise() about (x0, u0), or "".
std::string not_linear(const System& system, std::vector<double> x0, std::vector<double> u0) {
  try {
    static_cast<void>(system.linearise(x0, u0));
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

TEST(MujocoSystem, HasNoLinearModelOnABoundOrWhereItDiverges) {
  SKIP_WITHOUT_MUJOCO();
  const auto system = fixture("frame_skip = 5", kMass);
  for (const double u : {-1.0, 1.0, 1.0 - 1e-7, 2.0}) {  // differences across the bound would give half of B, or 0
    const std::string message = not_linear(*system, {0.0, 0.0}, {u});
    EXPECT_NE(message.find("action 0 is"), std::string::npos) << u << ": " << message;
    EXPECT_NE(message.find("inside [-1, 1]"), std::string::npos) << u << ": " << message;
  }
  const auto middle = system->linearise(std::vector{0.0, 0.0}, std::vector{0.0});
  const auto near = system->linearise(std::vector{0.0, 0.0}, std::vector{0.999});
  EXPECT_NEAR(near.value().b[1], middle.value().b[1], 1e-9);
  EXPECT_NE(not_linear(*system, {0.0, 1e11}, {0.0}).find("diverges within one step"), std::string::npos);
}

TEST(MujocoSystem, HasNoLinearModelWhereObservationsAreNoState) {
  SKIP_WITHOUT_MUJOCO();
  const auto linearisable = [](const std::string& text, const char* model) {
    const auto system = fixture(text, model);
    return system
        ->linearise(std::vector<double>(system->info().observation_dim), std::vector<double>(system->info().action_dim))
        .has_value();
  };
  EXPECT_TRUE(linearisable("observation = [{ source = 'qpos' }, { source = 'qvel' }]", kMass));
  EXPECT_FALSE(linearisable("observation = [{ source = 'qvel' }, { source = 'qpos' }]", kMass));
  EXPECT_FALSE(linearisable("observation = [{ source = 'qpos' }]", kMass));
  EXPECT_FALSE(linearisable("observation = [{ source = 'qpos' }, { source = 'qvel', clip_high = 10 }]", kMass));
  EXPECT_FALSE(linearisable("observation = [{ source = 'qpos', map = 'sin' }, { source = 'qvel' }]", kMass));
  EXPECT_FALSE(linearisable("", test::kFixtureModel));  // a free joint: more positions than velocities
}

TEST(MujocoSystem, ADivergedLaneKeepsItsLastGoodState) {
  SKIP_WITHOUT_MUJOCO();
  const auto system = fixture(kNoise);
  Player player(system);
  for (int h = 0; h < 10; ++h) player.step({1.0, 0.1});
  const auto good = player.save();
  const double reward = player.step({0.0, 1e300});  // twist is unlimited: the acceleration overflows
  EXPECT_EQ(player.outcome, Outcome::diverged);
  EXPECT_EQ(reward, 0.0);
  EXPECT_EQ(player.save(), good) << "MuJoCo's silent reset must not show";
  player.outcome = Outcome::running;  // and a restored lane is as good as any
  player.step({0.1, 0.1});
  EXPECT_EQ(player.outcome, Outcome::running);
}

TEST(MujocoSystem, ASimulationThatExplodesIsDivergedAndNotStartedAnew) {
  SKIP_WITHOUT_MUJOCO();
  // A spring 15 times too stiff for the time step: the error grows about a thousandfold a step.
  constexpr const char* kStiff = R"(<mujoco><option timestep="0.1"/><worldbody>
    <body><joint name="x" type="slide" stiffness="100000"/><geom size="0.1" mass="1"/></body></worldbody>
    <actuator><motor joint="x"/></actuator></mujoco>)";
  Player player(fixture("reset = [{ target = 'qpos', law = 'constant', low = 0.1 }]", kStiff));
  std::vector<double> last = player.observe();
  for (int h = 0; h < 20 && player.outcome == Outcome::running; ++h) {
    last = player.observe();
    player.step({0.0});
  }
  EXPECT_EQ(player.outcome, Outcome::diverged);
  EXPECT_EQ(player.observe(), last);
  EXPECT_GT(std::abs(last[1]), 1e4) << "the last good state, not the initial one";
}

TEST(MujocoSystem, ADivergedLaneDoesNotMoveItsNeighbours) {
  SKIP_WITHOUT_MUJOCO();
  const auto system = fixture(kNoise);
  conformance::Run run(*system, NoiseKey(2), {0, 1, 2}), free(*system, NoiseKey(2), {0, 1, 2});
  std::vector<double> actions(6, 0.1);
  free.plant->step(free.h, actions, free.rewards, free.outcomes);
  actions[3] = 1e300;
  run.plant->step(run.h, actions, run.rewards, run.outcomes);
  EXPECT_EQ(run.outcomes[1], Outcome::diverged);
  EXPECT_EQ(run.lane(0), free.lane(0));
  EXPECT_EQ(run.lane(2), free.lane(2));
}

TEST(MujocoSystem, ContactForcesChangeNothingButThemselves) {
  SKIP_WITHOUT_MUJOCO();
  // mj_rnePostConstraint runs only where its results are read; the dynamics are the same bits without it.
  const std::string state = "observation = [{ source = 'qpos' }, { source = 'qvel' }";
  Player with(fixture(kNoise + state + ", { source = 'cfrc_ext' }]")), without(fixture(kNoise + state + "]"));
  double force = 0.0;
  for (int h = 0; h < 50; ++h) {
    with.step({std::cos(h), 0.1}), without.step({std::cos(h), 0.1});
    const auto x = with.observe(), y = without.observe();
    EXPECT_TRUE(std::equal(y.begin(), y.end(), x.begin()));
    for (std::size_t i = y.size(); i < x.size(); ++i) force += std::abs(x[i]);
  }
  EXPECT_GT(force, 1.0) << "the ball lies on the floor";
}

TEST(MujocoSystem, TooLittleMemoryForContactsIsAnErrorNotADroppedContact) {
  SKIP_WITHOUT_MUJOCO();
  const std::string model = test::crowded_model("20K");
  try {
    Player player(fixture("", model.c_str()));
    player.step({0.0});
    FAIL() << "12 boxes in contact fit into 20 KB?";
  } catch (const ResourceError& error) {
    EXPECT_NE(std::string(error.what()).find("enlarge <size memory"), std::string::npos) << error.what();
  }
}

TEST(MujocoSystem, ThreadsShareTheModel) {
  SKIP_WITHOUT_MUJOCO();
  const auto system = fixture(kEverything);
  std::vector<std::vector<double>> seen(8);
  parallel_blocks(seen.size(), 1, [&](const Block& block) {
    Player player(system, block.index % 2);
    for (int h = 0; h < 30; ++h) player.step({0.5, 0.1});
    seen[block.index] = player.observe();
  });
  for (std::size_t i = 2; i < seen.size(); ++i) EXPECT_EQ(seen[i], seen[i - 2]);
}

TEST(MujocoSystem, RefusesTasksThatCannotRun) {
  SKIP_WITHOUT_MUJOCO();
  EXPECT_NE(data_error_of([] { fixture("frame_skip = 0"); }).find("frame_skip must be at least 1"), std::string::npos);
  EXPECT_NE(data_error_of([] { fixture("horizon = 0"); }).find("horizon must be at least 1"), std::string::npos);
  EXPECT_NE(data_error_of([] { fixture("reward_range = [1, 0]"); }).find("low < high"), std::string::npos);
  constexpr const char* kIdle = "<mujoco><worldbody><body><joint/><geom size='1'/></body></worldbody></mujoco>";
  EXPECT_NE(data_error_of([] { fixture("", kIdle); }).find("has no actuators"), std::string::npos);
}

}  // namespace
}  // namespace pianola
