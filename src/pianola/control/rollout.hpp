// The one rollout loop. Trajectories are numbered; they run in fixed blocks of lanes, blocks in parallel, recorders are
// merged in block order, so results are the same bits for any number of threads.
//
// Several controllers under one key are a coupled rollout: they share initial states and noise, step by step
// (docs/theory.md §1). Evaluation and collection are recorders over this loop: control/evaluate.hpp,
// control/collect.hpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "pianola/base/parallel.hpp"
#include "pianola/control/controller.hpp"
#include "pianola/control/rollout_set.hpp"

namespace pianola {

struct RolloutPlan : RolloutSet {
  std::shared_ptr<const System> system;
  std::vector<std::shared_ptr<const ControllerRecipe>> controllers;  ///< coupled: all see the same noise
  std::size_t lanes = 16;  ///< per block; what a lane does never depends on it
  /// If set: changes the action that the plant gets (never what the controller decided), in place; a pure function of
  /// (id, h). action: [action_dim].
  std::function<void(std::uint64_t id, std::uint32_t h, std::span<double> action)> disturb = {};
};

/// One step of one block, for all controllers: what recorders see.
struct StepView {
  Ids ids;
  std::uint32_t h = 0;
  /// Each indexed by controller; spans as in Simulation: [lanes × dim], before the step.
  std::span<const std::vector<double>> observations;
  std::span<const std::vector<double>> actions;            ///< as decided
  std::span<const std::vector<double>> executed;           ///< as the plant got them: `actions` unless disturbed
  std::span<const std::vector<double>> rewards;            ///< of this step; finite
  std::span<const std::vector<Outcome>> before, after;     ///< outcomes before and after the step
  std::span<const std::vector<double>> next_observations;  ///< after the step; valid only if a recorder asks for it
  std::span<const ControlTrace> traces;                    ///< empty unless a recorder asks for them
  std::span<Simulation* const> plants;                     ///< after the step
};

/// Sees every step of one block. Online: memory must not grow with the number of rollouts (dataset recorders excepted).
///
/// An ended lane stays in view, frozen, with reward 0. The loop stops before the horizon once every lane of every
/// controller has ended, but only after one view in which all were frozen on entry: what that view shows holds for all
/// later steps, and a recorder that needs each h repeats it. After the last step of the horizon running lanes are
/// `truncated`.
class Recorder {
 public:
  virtual ~Recorder() = default;
  [[nodiscard]] virtual bool wants_next_observations() const { return false; }
  [[nodiscard]] virtual bool wants_traces() const { return false; }
  virtual void begin(Ids ids) = 0;
  virtual void step(const StepView& view) = 0;
  virtual void end() = 0;
};

/// Runs the plan. `make` makes the recorder of a block (called in parallel); `merge` receives them one at a time, in
/// block order, as early as possible, possibly on another thread; it may move out of the recorder.
///
/// A lane whose action is not finite diverges instead of acting; one whose reward is not finite diverged, and gets 0
/// for that step. Memory: a few blocks a thread, whatever the number of rollouts. Cost beside plant and controllers: no
/// allocation a step.
/// @throws UsageError for a plan without system, controllers or horizon; Interrupted on Ctrl-C; else whatever the
/// lowest block that failed threw.
void rollout(const RolloutPlan& plan, const std::function<std::unique_ptr<Recorder>(const Block&)>& make,
             const std::function<void(Recorder&)>& merge);

/// Lanes that keep all threads busy to the end and still make batches worth while; for recorders whose merged result
/// does not depend on where blocks begin.
std::size_t balanced_lanes(const System& system, std::size_t rollouts);

}  // namespace pianola
