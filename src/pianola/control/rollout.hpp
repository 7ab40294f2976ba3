// The one rollout loop. Trajectories are numbered; they run in fixed blocks of lanes, blocks in parallel, recorders are
// merged in block order, so results are the same bits for any number of threads.
//
// Several controllers under one key are a coupled rollout: they share initial states and noise, step by step.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "pianola/base/parallel.hpp"
#include "pianola/base/progress.hpp"
#include "pianola/base/statistics.hpp"
#include "pianola/control/controller.hpp"
#include "pianola/data/dataset.hpp"

namespace pianola {

struct RolloutPlan {
  std::shared_ptr<const System> system;
  std::vector<std::shared_ptr<const ControllerRecipe>> controllers;  ///< coupled: all see the same noise
  NoiseKey key;
  std::size_t rollouts = 0;
  std::uint32_t horizon = 0;      ///< 0: the system's
  std::size_t lanes = 16;         ///< per block; results do not depend on it
  std::uint64_t first_id = 0;
  Progress* progress = nullptr;
};

/// One step of one block, for all controllers: what recorders see.
struct StepView {
  Ids ids;
  std::uint32_t h = 0;
  /// Each indexed by controller; spans as in Simulation: [lanes × dim], before the step.
  std::span<const std::vector<double>> observations;
  std::span<const std::vector<double>> actions;
  std::span<const std::vector<double>> rewards;           ///< of this step
  std::span<const std::vector<Outcome>> before, after;    ///< outcomes before and after the step
  std::span<const std::vector<double>> next_observations; ///< after the step; filled only if a recorder asks for it
  std::span<Simulation* const> plants;                    ///< after the step
};

/// Sees every step of one block. Online: memory must not grow with the number of rollouts (dataset recorders excepted).
class Recorder {
 public:
  virtual ~Recorder() = default;
  [[nodiscard]] virtual bool wants_next_observations() const { return false; }
  virtual void begin(Ids ids) = 0;
  virtual void step(const StepView& view) = 0;
  virtual void end() = 0;
};

/// Runs the plan. `make` makes the recorder of a block (called in parallel); `merge` receives them in block order.
/// @throws Interrupted between blocks on Ctrl-C.
void rollout(const RolloutPlan& plan, const std::function<std::unique_ptr<Recorder>(const Block&)>& make,
             const std::function<void(Recorder&)>& merge);

/// What `evaluate` reports of one controller. Regrets are against the first controller of the plan if that is the raw
/// expert, paired under shared noise; else their n is 0.
struct ControllerResult {
  std::string name;
  Estimate total_return, regret, regret_per_step;
  Estimate action_error;                       ///< E (1/H) Σ_h ‖u_h − π*(x_h)‖ on the controller's own states
  std::vector<double> state_deviation_by_step; ///< [H], E ‖x_h − x_h^expert‖ in observation units; empty without expert
  std::vector<Estimate> deviation_bands;       ///< [H], with intervals
  double terminated_fraction = 0.0, diverged_fraction = 0.0;
};

struct Evaluation {
  std::uint32_t horizon = 0;
  std::size_t rollouts = 0;
  bool has_expert = false;
  Estimate expert_return;
  std::vector<ControllerResult> controllers;   ///< without the expert
  double steps_per_second = 0.0;               ///< environment steps of all controllers
};

/// Coupled evaluation of `specs` under one deployment; the raw expert runs beside them where there is one.
struct EvaluatePlan {
  Deployment deployment;
  std::vector<std::string> controllers;
  NoiseKey key;
  std::size_t rollouts = 20;
  std::uint32_t horizon = 0;
  Progress* progress = nullptr;
};
Evaluation evaluate(const EvaluatePlan& plan);

/// Expert demonstrations. perturb_sigma > 0: in a fraction 1 − clean of the trajectories (every second for 0.5, spread
/// evenly), the executed action is u + σ·z, z standard normal in each dimension, while the label stays u.
struct CollectPlan {
  std::shared_ptr<const System> system;
  std::shared_ptr<const Expert> expert;
  NoiseKey key;
  std::size_t trajectories = 50;
  std::uint32_t horizon = 0;
  double perturb_sigma = 0.0, clean = 1.0;
  Progress* progress = nullptr;
};
struct Collection {
  std::size_t trajectories = 0, steps = 0;
  Estimate total_return;
  double terminated_fraction = 0.0;
};
/// Streams trajectories to `sink` in order. Memory: a few blocks.
Collection collect(const CollectPlan& plan, const std::function<void(const Trajectory&)>& sink);
/// What collect's dataset records: dimensions, range, kinds, provenance.
DatasetInfo collected_info(const CollectPlan& plan);

}  // namespace pianola
