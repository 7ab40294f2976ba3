// System and Simulation over one mjModel: one mjData a lane. Internal: needs MuJoCo; others call mujoco.hpp.
#pragma once

#include <mujoco/mujoco.h>

#include <memory>
#include <span>
#include <vector>

#include "pianola/systems/lanes.hpp"
#include "pianola/systems/mujoco_model.hpp"
#include "pianola/systems/mujoco_terms.hpp"
#include "pianola/systems/system.hpp"

namespace pianola {

class MujocoSystem : public System {
 public:
  explicit MujocoSystem(const MujocoTask& task);

  [[nodiscard]] const SystemInfo& info() const override { return info_; }
  [[nodiscard]] std::unique_ptr<Simulation> simulate(std::size_t lanes) const override;
  /// Central differences through step(), so that frame skip, integrator and constraints are those of the simulation.
  /// nullopt unless the observation is (qpos, qvel), whole and unclipped. x0: [n], u0: [m].
  /// @throws UsageError if a size differs, u₀ is not inside the action range, or the simulation diverges from there.
  [[nodiscard]] std::optional<LinearModel> linearise(std::span<const double> x0,
                                                     std::span<const double> u0) const override;

  [[nodiscard]] std::vector<double> state(std::span<const double> qpos, std::span<const double> qvel) const;
  [[nodiscard]] std::vector<double> state_from_observation(std::span<const double> observation) const;

  /// Sets data.ctrl before a simulator step, from the action of the whole step: [action_dim]. Here: clamps it.
  virtual void drive(mjData& data, std::span<const double> action) const;
  /// What the task's terms call the action of a step that begins in `data`: here the action. out: [action_dim].
  virtual void effort(const mjData& data, std::span<const double> action, std::span<double> out) const;

  [[nodiscard]] const MujocoTask& task() const { return task_; }
  [[nodiscard]] const mjModel& model() const { return *model_; }
  [[nodiscard]] const MujocoTerms& terms() const { return terms_; }
  [[nodiscard]] int frame_skip() const { return frame_skip_; }
  /// mj_resetData to the keyframe, if the task has one.
  void reset_data(mjData& data) const;
  void save(const mjData& data, double* out) const;    ///< out: [state_size]
  void restore(mjData& data, const double* in) const;  ///< in: [state_size]

 protected:
  SystemInfo info_;

 private:
  void require_inside(std::span<const double> u0, double step) const;
  [[nodiscard]] std::vector<double> next_observations(std::span<const double> x0, std::span<const double> u0,
                                                      double change) const;

  MujocoTask task_;
  std::shared_ptr<const mjModel> model_;
  MujocoTerms terms_;
  int frame_skip_, keyframe_ = -1, integration_size_;
};

class MujocoSimulation final : public Simulation {
 public:
  MujocoSimulation(const MujocoSystem& system, std::size_t lanes);

  [[nodiscard]] const System& system() const override { return *system_; }
  [[nodiscard]] std::size_t lanes() const override { return data_.size(); }
  void reset(const NoiseKey& key, Ids ids) override;
  void observe(std::span<double> out) const override;
  /// @throws UsageError for a non-finite action, before any lane has moved.
  /// @throws ResourceError if the model's memory for contacts is full; only reset() makes the simulation usable again.
  void step(std::span<const std::uint32_t> h, std::span<const double> actions, std::span<double> rewards,
            std::span<Outcome> outcomes) override;
  void save(std::span<double> out) const override;
  void restore(std::span<const double> saved) override;

 private:
  Outcome step_lane(mjData& data, std::span<const double> action, double& reward);
  bool advance(mjData& data, std::span<const double> action) const;
  void require_memory(const mjData& data) const;

  const MujocoSystem* system_;
  std::vector<MujocoData> data_;
  LaneStreams streams_;
  MujocoTerms::Workspace work_;
  std::vector<double> effort_;    ///< the action as the task's terms see it
  std::vector<double> previous_;  ///< state of a lane before its step, for a lane that diverges
};

}  // namespace pianola
