// A task on a MuJoCo model, as data: what is observed, rewarded, what ends a trajectory and how one starts.
//
//   step:  q ← quantities that rewards want of before;  frame_skip × mj_step;  reward = Σ terms;  terminated = any rule
//
// A user writes a task as a TOML file (mujoco_toml.hpp, whose keys are the names in `visit` below); Gymnasium's tasks
// (gymnasium_tasks.cpp) and our own (models/*.toml) are the same data. No type here needs MuJoCo.
//
// A *quantity* is a slice of an array of mjData. Arrays are read as mj_step leaves them: positions and velocities are
// new, while everything derived from them (site, body, sensor, cvel, …) belongs to the last substep's start, exactly as
// Gymnasium's environments see it. Straight after a reset all are of the same moment.
#pragma once

#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace pianola {

/// `count` numbers of an array of mjData, from number `first`; then minus, map and clip are applied, in this order.
struct MujocoQuantity {
  /// qpos qvel act (joint positions, velocities, activations) · action (as given) control (clamped) · sensor
  /// site body (position of one, m) · subtree_com (centre of mass below a body; of all for "world")
  /// cinert cvel qfrc_actuator cfrc_ext (flat arrays; cfrc_ext is computed by mj_rnePostConstraint after the steps).
  std::string source = {};
  std::string name = {};   ///< a joint for qpos and qvel; a sensor, site or body; empty: the whole array
  std::string minus = {};  ///< another object of the same kind, whose numbers are subtracted (site, body, sensor)
  int first = 0;           ///< ≥ 0, within the named object or the array
  int count = -1;          ///< −1: to the end
  std::string map = {};    ///< "", "sin" or "cos"
  double clip_low = -std::numeric_limits<double>::infinity();
  double clip_high = std::numeric_limits<double>::infinity();

  template <class V>
  void visit(V&& v) {
    v("source", source), v("name", name), v("minus", minus), v("first", first), v("count", count), v("map", map);
    v("clip_low", clip_low), v("clip_high", clip_high);
  }
};

/// One summand of the reward: weight × f(quantity), then limited to [at_least, at_most].
struct MujocoRewardTerm {
  /// constant: 1 · alive: 1 unless the step terminates · sum: Σ x · square: Σ (x − target)² · norm: ‖x − target‖
  /// tolerance: exp(−‖x − target‖² / scale²) · velocity: (x after − x before) / seconds of a step, of one number.
  /// A key of a task file that its term does not use is an error (kTermKeys in mujoco_toml.cpp).
  std::string term = {};
  double weight = 1.0;
  MujocoQuantity of = {};           ///< unused by constant and alive
  std::vector<double> target = {};  ///< empty (0), one number for all, or one each
  double scale = 1.0;               ///< > 0, unit of the quantity
  bool before = false;              ///< read the quantity before the step instead of after it
  double at_least = -std::numeric_limits<double>::infinity();
  double at_most = std::numeric_limits<double>::infinity();

  template <class V>
  void visit(V&& v) {
    v("term", term), v("weight", weight), v("target", target), v("scale", scale), v("before", before);
    v("at_least", at_least), v("at_most", at_most);
    of.visit(v);
  }
};

/// The trajectory is terminated when a number of the quantity leaves [low, high] (or (low, high) if `open`); low or
/// high must be finite.
struct MujocoTermination {
  MujocoQuantity of = {};
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  bool open = false;

  template <class V>
  void visit(V&& v) {
    v("low", low), v("high", high), v("open", open);
    of.visit(v);
  }
};

/// How `count` entries of qpos or qvel start. Noise comes from the trajectory's stream of initial states.
struct MujocoResetTerm {
  std::string target = {};  ///< qpos or qvel
  std::string name = {};    ///< a joint; empty: all
  int first = 0, count = -1;
  /// uniform: initial + U(low, high) · normal: initial + N(0, scale²) · constant: low
  /// two_sided: initial ± U(low, high), either sign · annulus (two entries): uniform on the area low ≤ ‖x‖ < high.
  /// A key of a task file that its law does not use is an error (kLawKeys in mujoco_toml.cpp).
  std::string law = "uniform";
  double low = 0.0, high = 0.0, scale = 0.0;

  template <class V>
  void visit(V&& v) {
    v("target", target), v("name", name), v("first", first), v("count", count), v("law", law);
    v("low", low), v("high", high), v("scale", scale);
  }
};

struct MujocoTask {
  std::string where = {};                                 ///< for messages: the task's file, or "Hopper-v4"
  std::string spec = {};                                  ///< canonical spec of the system that this task makes
  std::string model = {};                                 ///< path of an MJCF (or URDF) file
  std::string model_text = {};                            ///< or the MJCF itself; `model` is then only its name
  int frame_skip = 1;                                     ///< simulator steps of one step, ≥ 1
  int horizon = 1000;                                     ///< default number of steps, ≥ 1
  std::string keyframe = {};                              ///< initial state; empty: qpos0 and velocity 0
  std::string expert = {};                                ///< spec of the default expert, if there is one
  std::vector<double> action_low = {}, action_high = {};  ///< empty: the actuators' ctrlrange, infinite where unlimited
  std::vector<double> reward_range = {};                  ///< empty (not known) or {low, high} of a step
  std::vector<MujocoQuantity> observation = {};           ///< concatenated; empty: qpos, then qvel
  std::vector<MujocoRewardTerm> reward = {};
  std::vector<MujocoTermination> termination = {};
  std::vector<MujocoResetTerm> reset = {};

  template <class V>
  void visit(V&& v) {
    v("model", model), v("frame_skip", frame_skip), v("horizon", horizon), v("keyframe", keyframe);
    v("expert", expert), v("action_low", action_low), v("action_high", action_high), v("reward_range", reward_range);
    v("observation", observation), v("reward", reward), v("termination", termination), v("reset", reset);
  }
};

}  // namespace pianola
