// Controllers beside the raw expert under shared noise, rollout by rollout: what the decomposition and the verdict are
// made of.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "pianola/control/controller.hpp"
#include "pianola/control/rollout_set.hpp"

namespace pianola {

struct PairedRolloutPlan : RolloutSet {
  Deployment plant;                                                  ///< system and expert
  std::vector<std::shared_ptr<const ControllerRecipe>> controllers;  ///< beside the expert
};

/// One controller of one rollout. Spans are valid during the visit.
struct PlayedRollout {
  double total_return = 0.0;
  std::span<const double> rewards;     ///< [H]; 0 once it ended
  std::span<const double> deviations;  ///< [H] ‖x_h − x_h^expert‖ before step h; of the expert: 0
  /// Mean of ‖u_h − π*(x_h)‖ over its running steps, on its own states; NaN without such a step, or where the expert
  /// has to plan on the plant.
  double action_error = 0.0;
  Outcome outcome = Outcome::truncated;
};

struct PairedRollout {
  std::uint64_t id = 0;
  std::span<const PlayedRollout> played;  ///< the expert, then the controllers in order
  /// Return of the expert minus that of controller c (from 1).
  [[nodiscard]] double regret(std::size_t c) const { return played[0].total_return - played[c].total_return; }
};

/// Calls `visit` for each rollout in the order of ids, one at a time, possibly on another thread.
/// Memory: a few blocks of lanes × controllers × H numbers a thread. @throws as rollout().
void paired_rollouts(const PairedRolloutPlan& plan, const std::function<void(const PairedRollout&)>& visit);

}  // namespace pianola
