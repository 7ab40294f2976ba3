// A small model and a one-lane player for the tests of MuJoCo systems.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "pianola/base/error.hpp"
#include "pianola/systems/mujoco.hpp"
#include "pianola/systems/mujoco_toml.hpp"

#define SKIP_WITHOUT_MUJOCO() \
  if (!mujoco_unavailable().empty()) GTEST_SKIP() << mujoco_unavailable()

namespace pianola::test {

/// A cart with an arm in a plane (two motors, one of them unlimited), and a free ball that lies on the floor.
inline constexpr const char* kFixtureModel = R"(<mujoco model="fixture">
  <option timestep="0.005"/>
  <worldbody>
    <geom name="floor" type="plane" size="5 5 0.1"/>
    <body name="cart" pos="0 0 1">
      <joint name="slide" type="slide" axis="1 0 0"/>
      <geom name="cart" type="box" size="0.1 0.1 0.1" mass="1" contype="0" conaffinity="0"/>
      <body name="arm">
        <joint name="hinge" type="hinge" axis="0 1 0"/>
        <geom name="arm" type="capsule" fromto="0 0 0 0.5 0 0" size="0.02" mass="0.5" contype="0" conaffinity="0"/>
        <site name="hand" pos="0.5 0 0"/>
      </body>
    </body>
    <body name="ball" pos="2 0 0.1">
      <freejoint name="free"/>
      <geom name="ball" size="0.1" mass="0.3"/>
      <site name="middle"/>
    </body>
  </worldbody>
  <actuator>
    <motor name="push" joint="slide" gear="10" ctrllimited="true" ctrlrange="-2 2"/>
    <motor name="twist" joint="hinge"/>
  </actuator>
  <sensor>
    <jointpos name="angle" joint="hinge"/>
    <framelinvel name="hand_velocity" objtype="site" objname="hand"/>
  </sensor>
  <keyframe>
    <key name="tilted" qpos="0.25 0.5 2 0 0.1 1 0 0 0" qvel="0 0 0 0 0 0 0 0"/>
  </keyframe>
</mujoco>)";

/// Twelve boxes that touch the floor and each other, in a simulator with so much memory.
inline std::string crowded_model(const std::string& memory) {
  std::string model = "<mujoco><size memory='" + memory + "'/><worldbody><geom type='plane' size='5 5 1'/>";
  for (int i = 0; i < 12; ++i) {
    model += "<body pos='" + std::to_string(0.3 * i) + " 0 0.09'><freejoint/><geom type='box' size='.1 .1 .1'/></body>";
  }
  return model +
         "<body><joint name='j'/><geom size='.1' pos='0 0 5'/></body></worldbody>"
         "<actuator><motor joint='j'/></actuator></mujoco>";
}

/// The task whose TOML (without `model`) is `text`, on `model`.
inline MujocoTask fixture_task(const std::string& text, const char* model = kFixtureModel) {
  MujocoTask task = parse_mujoco_task("model = 'fixture.xml'\n" + text, "task.toml");
  task.model_text = model;
  task.spec = "fixture";
  return task;
}

inline std::shared_ptr<const System> fixture(const std::string& text, const char* model = kFixtureModel) {
  return make_mujoco_system(fixture_task(text, model));
}

/// What DataError says, or "" if `make` throws none.
template <class F>
std::string data_error_of(F&& make) {
  try {
    make();
  } catch (const DataError& error) {
    return error.what();
  }
  return "";
}

/// One trajectory, started anew or from a saved state.
class Player {
 public:
  explicit Player(std::shared_ptr<const System> system, std::uint64_t id = 0, std::uint64_t seed = 1)
      : system_(std::move(system)), simulation_(system_->simulate(1)) {
    simulation_->reset(NoiseKey(seed), std::vector<std::uint64_t>{id});
  }
  [[nodiscard]] std::vector<double> observe() const {
    std::vector<double> out(system_->info().observation_dim);
    simulation_->observe(out);
    return out;
  }
  [[nodiscard]] std::vector<double> save() const {
    std::vector<double> out(system_->info().state_size);
    simulation_->save(out);
    return out;
  }
  void restore(const std::vector<double>& state) { simulation_->restore(state); }
  /// The reward; `outcome` follows.
  double step(std::vector<double> action) {
    action.resize(system_->info().action_dim);
    const std::vector<std::uint32_t> h{step_++};
    std::vector<double> rewards(1);
    std::vector<Outcome> outcomes{outcome};
    simulation_->step(h, action, rewards, outcomes);
    outcome = outcomes[0];
    return rewards[0];
  }
  Outcome outcome = Outcome::running;

 private:
  std::shared_ptr<const System> system_;
  std::unique_ptr<Simulation> simulation_;
  std::uint32_t step_ = 0;
};

}  // namespace pianola::test
