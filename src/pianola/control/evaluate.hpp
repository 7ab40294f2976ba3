// Coupled evaluation: the raw expert and any number of controllers in lockstep under the same noise.
//
//   regret(π̂) = E[ J(π*) − J(π̂) ], estimated by the mean of the differences of each rollout (paired under shared
//   noise),
//
// with a Student-t interval. Everything is accumulated online, rollout by rollout in their order: memory does not grow
// with the number of rollouts, and the bits depend neither on lanes nor on threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "pianola/base/progress.hpp"
#include "pianola/base/random.hpp"
#include "pianola/base/statistics.hpp"
#include "pianola/control/auxiliary_report.hpp"
#include "pianola/control/controller.hpp"

namespace pianola {

/// What `evaluate` reports of one controller. Without an expert regrets have n = 0.
struct ControllerResult {
  std::string name;       ///< the controller's full spec
  std::string quantizer;  ///< spec; "" if it plays none
  Estimate total_return, regret, regret_per_step;
  /// E of the mean over a rollout's running steps of ‖u_h − π*(x_h)‖ on the controller's own states, action units,
  /// before the actuators clip, over the steps where both are finite; rollouts without such a step do not count. n = 0
  /// without an expert, where the expert has to plan on the plant, or where no rollout counts.
  Estimate action_error;
  /// [H], E ‖x_h − x_h^expert‖ before step h, observation units; empty without expert. All rollouts count at every h:
  /// an ended lane compares with the state in which it froze.
  std::vector<double> state_deviation_by_step;
  std::vector<Estimate> deviation_bands;  ///< [H], with intervals
  double terminated_fraction = 0.0, diverged_fraction = 0.0;
  std::optional<AuxiliaryReport> auxiliary;  ///< of controllers with an auxiliary state
};

struct Evaluation {
  std::string system;  ///< spec
  std::uint32_t horizon = 0;
  std::size_t rollouts = 0;
  bool has_expert = false;
  Estimate expert_return;  ///< n = 0 without expert
  double expert_terminated_fraction = 0.0, expert_diverged_fraction = 0.0;
  std::vector<ControllerResult> controllers;  ///< without the reference expert
  double steps_per_second = 0.0;              ///< steps of running lanes, all controllers and the expert
};

/// A controller under a deployment of its own (another quantizer, another policy) on the plan's system.
struct EvaluateCandidate {
  Deployment deployment;
  std::string controller;  ///< spec
};

/// Coupled evaluation of `controllers` (specs) under one deployment, and of `candidates` under their own; the raw
/// expert runs beside them where there is one.
struct EvaluatePlan {
  Deployment deployment;
  std::vector<std::string> controllers;
  std::vector<EvaluateCandidate> candidates;  ///< rows after those of `controllers`
  NoiseKey key;
  std::size_t rollouts = 20;
  std::uint32_t horizon = 0;  ///< 0: the system's
  std::size_t lanes = 0;      ///< 0: chosen; results do not depend on it
  Progress* progress = nullptr;
};

/// The return of a rollout that diverges is the sum of its rewards until then.
/// @throws UsageError if there is no system, no rollout, or make_controller refuses a spec; Interrupted on Ctrl-C.
Evaluation evaluate(const EvaluatePlan& plan);

/// The fields of `evaluate --json`: what does not exist is null.
nlohmann::ordered_json to_json(const Evaluation& evaluation);

}  // namespace pianola
