// A task's terms with the names looked up: where in mjData each number lies. Internal: needs MuJoCo.
//
// What mj_step derives lags the state by one substep, so observations are read, never recomputed; the slices that they
// read beyond mjSTATE_INTEGRATION belong to a saved state.
#pragma once

#include <mujoco/mujoco.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "pianola/base/random.hpp"
#include "pianola/systems/mujoco_task.hpp"

namespace pianola {

/// A quantity: `count` numbers of *array from `offset` on.
struct MujocoSlice {
  enum class Map { identity, sin, cos };
  mjtNum* mjData::*array = nullptr;  ///< null: the action as given
  int offset = 0, count = 0;
  int minus = -1;  ///< offset of what is subtracted
  Map map = Map::identity;
  bool clipped = false;
  double low = 0.0, high = 0.0;
  bool derived = false;       ///< not part of mjSTATE_INTEGRATION
  bool after_forces = false;  ///< computed by mj_rnePostConstraint

  /// Shows entries of the state themselves.
  [[nodiscard]] bool plain() const { return minus < 0 && map == Map::identity; }
  /// out: [count]. Cost: no allocation.
  void read(const mjData& data, std::span<const double> action, double* out) const;
};

/// @throws DataError naming `where`, the key and the nearest known name.
MujocoSlice find_mujoco_slice(const mjModel& model, const MujocoQuantity& quantity, const std::string& where);

/// All terms of a task on one model. Immutable, shared by simulations.
class MujocoTerms {
 public:
  /// @throws DataError naming the term, the key, its value and what is possible.
  MujocoTerms(const mjModel& model, const MujocoTask& task);

  [[nodiscard]] std::size_t observation_dim() const { return observation_dim_; }
  [[nodiscard]] std::size_t derived_size() const { return derived_size_; }  ///< doubles of save_derived()
  [[nodiscard]] bool needs_forces() const { return needs_forces_; }         ///< mj_rnePostConstraint after the steps
  [[nodiscard]] std::span<const MujocoSlice> observation() const { return observation_; }
  /// The observation is (qpos, qvel), whole, in this order, unclipped, and qvel is the derivative of qpos.
  [[nodiscard]] bool observes_state() const { return observes_state_; }

  /// One lane's workspace: what rewards keep from before a step, and what a term works in.
  struct Workspace {
    std::vector<double> memory, scratch;
  };
  [[nodiscard]] Workspace workspace() const;

  void observe(const mjData& data, double* out) const;  ///< out: [observation_dim]
  /// Keeps what rewards want of before the step. action: [nu], as given.
  void before(const mjData& data, std::span<const double> action, Workspace& work) const;
  [[nodiscard]] bool terminated(const mjData& data, Workspace& work) const;
  /// Of the step that `before` preceded. action: [nu], as given.
  [[nodiscard]] double reward(const mjData& data, std::span<const double> action, bool terminated,
                              Workspace& work) const;
  /// Draws the initial state into qpos and qvel, which hold the initial values.
  void reset(mjData& data, const NoiseKey& key, std::uint64_t id) const;
  void save_derived(const mjData& data, double* out) const;    ///< out: [derived_size]
  void restore_derived(mjData& data, const double* in) const;  ///< in: [derived_size]

 private:
  enum class Kind { constant, alive, sum, square, norm, tolerance, velocity };
  struct Reward {
    Kind kind = Kind::constant;
    MujocoSlice of = {};
    std::vector<double> target = {};  ///< [count]
    double weight = 1.0, scale = 1.0, at_least = 0.0, at_most = 0.0;
    int memory = -1;  ///< place of what is kept from before the step
  };
  struct Termination {
    MujocoSlice of;
    double low, high;
    bool open;
  };
  enum class Law { uniform, two_sided, normal, constant, annulus };
  struct Reset {
    mjtNum* mjData::*array;
    int offset, count;
    Law law;
    double low, high, scale;
  };

  void add_reward(const mjModel& model, const MujocoRewardTerm& term, const std::string& where);
  void add_termination(const mjModel& model, const MujocoTermination& rule, const std::string& where);
  void add_reset(const mjModel& model, const MujocoResetTerm& term, const std::string& where);
  void note(const MujocoSlice& slice, bool kept);
  void find_observes_state(const mjModel& model);
  static double value(const Reward& term, const mjData& data, std::span<const double> action, double* scratch);

  std::vector<MujocoSlice> observation_;
  std::vector<Reward> reward_;
  std::vector<Termination> termination_;
  std::vector<Reset> reset_;
  struct Kept {
    mjtNum* mjData::*array;
    int offset, count;
  };
  std::vector<Kept> kept_;
  std::size_t observation_dim_ = 0, derived_size_ = 0, memory_size_ = 0, scratch_size_ = 0;
  bool needs_forces_ = false, observes_state_ = false;
  double step_seconds_ = 0.0;
};

}  // namespace pianola
