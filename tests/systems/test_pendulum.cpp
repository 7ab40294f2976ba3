#include "pianola/systems/pendulum.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <numbers>
#include <string>

#include "pianola/base/error.hpp"
#include "property.hpp"
#include "systems/conformance.hpp"
#ifdef PIANOLA_WITH_HDF5
#include "pianola/data/hdf5_file.hpp"
#endif

namespace pianola {
namespace {

constexpr double kPi = std::numbers::pi;

struct Step {
  std::vector<double> observation, state;
  double reward = 0.0;
};
Step step_from(const System& system, double angle, double speed, double torque) {
  const auto plant = system.simulate(1);
  const std::vector<std::uint64_t> id{0};
  const std::vector<std::uint32_t> h{0};
  std::vector<Outcome> outcome{Outcome::running};
  Step out{std::vector<double>(3), std::vector<double>(2), 0.0};
  plant->reset(NoiseKey(1), id);
  plant->restore(std::vector{angle, speed});
  plant->step(h, {&torque, 1}, {&out.reward, 1}, outcome);
  plant->observe(out.observation);
  plant->save(out.state);
  return out;
}

TEST(Pendulum, Conforms) {
  conformance::check_system_conformance(*make_system("pendulum"));
  conformance::check_system_conformance(*make_system("pendulum:g=9.81,horizon=50"));
}

TEST(Pendulum, StepIsTheEquation) {
  const auto system = make_system("pendulum");
  const Step step = step_from(*system, 0.5, 1.0, 1.5);
  const double speed = 1.0 + (15.0 * std::sin(0.5) + 3.0 * 1.5) * 0.05;
  EXPECT_DOUBLE_EQ(step.state[1], speed);
  EXPECT_DOUBLE_EQ(step.state[0], 0.5 + 0.05 * speed);
  EXPECT_DOUBLE_EQ(step.reward, -(0.25 + 0.1 + 0.001 * 2.25));
  EXPECT_DOUBLE_EQ(step.observation[0], std::cos(step.state[0]));
  EXPECT_DOUBLE_EQ(step.observation[1], std::sin(step.state[0]));
}

TEST(Pendulum, TorqueAndSpeedAreClipped) {
  const auto system = make_system("pendulum");
  const Step strong = step_from(*system, 0.5, 0.0, 50.0), bound = step_from(*system, 0.5, 0.0, 2.0);
  EXPECT_EQ(strong.state, bound.state);
  EXPECT_EQ(strong.reward, bound.reward) << "the clipped torque is charged";
  EXPECT_EQ(step_from(*system, kPi / 2, 7.9, 2.0).state[1], 8.0);
}

TEST(Pendulum, CostWrapsTheAngleButTheStateDoesNot) {
  const auto system = make_system("pendulum");
  const Step turned = step_from(*system, 0.3 + 4.0 * kPi, 0.0, 0.0),
             back = step_from(*system, 0.3 - 2.0 * kPi, 0.0, 0.0);
  EXPECT_NEAR(turned.reward, -0.09, 1e-13);
  EXPECT_NEAR(back.reward, -0.09, 1e-13);
  EXPECT_GT(turned.state[0], 4.0 * kPi);
}

TEST(Pendulum, StartsUniformly) {
  const auto system = make_system("pendulum");
  const auto state = conformance::Run(*system, NoiseKey(3), conformance::iota(20000)).save();
  double angles = 0.0, speeds = 0.0;
  for (std::size_t i = 0; i < state.size(); i += 2) {
    ASSERT_LE(std::abs(state[i]), kPi);
    ASSERT_LE(std::abs(state[i + 1]), 1.0);
    angles += state[i] * state[i], speeds += state[i + 1] * state[i + 1];
  }
  EXPECT_NEAR(angles / 20000.0, kPi * kPi / 3.0, 0.1);
  EXPECT_NEAR(speeds / 20000.0, 1.0 / 3.0, 0.01);
}

TEST(Pendulum, RewardIsLipschitzInTheObservationAsDeclared) {
  const auto system = make_system("pendulum");
  const double constant = system->info().reward_lipschitz.value();
  test::property([&](std::int16_t a, std::int16_t b, std::int16_t c, std::int16_t d, bool near) {
    const double angle = a * kPi / 32768, speed = b * 8.0 / 32768;
    const double other = near ? angle + c * 1e-6 : c * kPi / 32768, other_speed = near ? speed : d * 8.0 / 32768;
    const double distance =
        std::hypot(std::cos(angle) - std::cos(other), std::sin(angle) - std::sin(other), speed - other_speed);
    const double change =
        step_from(*system, angle, speed, 0.0).reward - step_from(*system, other, other_speed, 0.0).reward;
    RC_ASSERT(std::abs(change) <= constant * distance + 1e-12);
  });
}

TEST(Pendulum, HasNoLinearModelBecauseItsObservationIsNoState) {
  const std::vector<double> x(3), u(1);
  EXPECT_FALSE(make_system("pendulum")->linearise(x, u).has_value());
}

TEST(Pendulum, BadOptionsAreNamed) {
  EXPECT_THROW(static_cast<void>(make_system("pendulum:g=-1")), UsageError);
  EXPECT_THROW(static_cast<void>(make_system("pendulum:horizon=0")), UsageError);
}

#ifdef PIANOLA_WITH_HDF5
// Every recorded transition of a good policy, 56 × 200. The recording is float32: cos and sin carry up to 6e-8, the
// speed up to 2.4e-7 (values to 8), and one step multiplies an error in the angle by up to 1 + 15·0.05: so 2e-7 and
// 2e-6.
TEST(Pendulum, ReproducesTheRecordedTransitions) {
  const char* folder = std::getenv("PIANOLA_DATA");
  if (folder == nullptr) GTEST_SKIP() << "PIANOLA_DATA is not set: no recorded pendulum to compare with";
  const Hdf5File file(std::string(folder) + "/pendulum/pendulum_expert.hdf5");
  const auto system = make_system("pendulum");
  std::size_t rows = 0;
  for (const std::string& demo : file.children("/data")) {
    const auto read = [&](const std::string& key) { return file.read("/data/" + demo + "/" + key); };
    const auto x = read("obs"), u = read("actions"), next = read("next_obs"), reward = read("rewards");
    for (std::size_t i = 0; i < u.size(); ++i, ++rows) {
      const Step step = step_from(*system, std::atan2(x[3 * i + 1], x[3 * i]), x[3 * i + 2], u[i]);
      ASSERT_NEAR(step.observation[0], next[3 * i], 2e-7) << demo << ", row " << i;
      ASSERT_NEAR(step.observation[1], next[3 * i + 1], 2e-7) << demo << ", row " << i;
      ASSERT_NEAR(step.observation[2], next[3 * i + 2], 2e-6) << demo << ", row " << i;
      ASSERT_NEAR(step.reward, reward[i], 2e-6) << demo << ", row " << i;
    }
  }
  EXPECT_EQ(rows, 56u * 200u);
}
#endif

}  // namespace
}  // namespace pianola
