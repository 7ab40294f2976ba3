// What an evaluation keeps: of one block every rollout's own numbers, of all blocks their running means.
//
// Blocks hand over numbers of single rollouts, which are added in the order of the rollouts: where a block begins
// changes no bit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "pianola/base/statistics.hpp"
#include "pianola/control/profile_mean.hpp"
#include "pianola/control/rollout.hpp"

namespace pianola {

/// One controller's numbers of each lane of a block.
struct LaneResults {
  std::vector<double> total_return, action_error;  ///< [lanes]; the error summed over running steps that have one
  std::vector<std::uint32_t> steps, errors;        ///< [lanes], running steps, and those of them with a finite error
  std::vector<Outcome> outcome;                    ///< [lanes], at the end
  std::vector<double> deviation;                   ///< [lanes × horizon], ‖x_h − x_h^expert‖
};

/// Memory: controllers × lanes × horizon doubles.
class EvaluateRecorder final : public Recorder {
 public:
  /// expert: null, or controller 0 of the plan plays it raw.
  EvaluateRecorder(const NoiseKey& key, std::size_t controllers, std::uint32_t horizon, const Expert* expert);
  void begin(Ids ids) override;
  void step(const StepView& view) override;
  void end() override;

  [[nodiscard]] bool has_expert() const { return expert_ != nullptr; }
  [[nodiscard]] bool has_action_error() const { return expert_ != nullptr && !expert_->info().needs_plant; }
  [[nodiscard]] std::uint32_t horizon() const { return horizon_; }
  [[nodiscard]] const std::vector<LaneResults>& lanes() const { return results_; }

 private:
  void record(std::size_t controller, const StepView& view);
  void record_error(std::size_t controller, const StepView& view);
  void record_deviation(std::size_t controller, const StepView& view);

  NoiseKey key_;
  std::uint32_t horizon_, seen_ = 0;
  const Expert* expert_;
  std::vector<LaneResults> results_;  // by controller
  std::vector<double> expert_actions_;
  std::vector<std::uint32_t> h_;
};

/// Running totals of one controller.
struct ControllerTotals {
  RunningMean total_return, regret, action_error;
  ProfileMean deviation;
  std::size_t terminated = 0, diverged = 0;

  /// Of the rollouts.
  [[nodiscard]] double fraction(std::size_t count) const {
    return static_cast<double>(count) / static_cast<double>(total_return.count());
  }
};

struct EvaluateTotals {
  explicit EvaluateTotals(std::size_t count) : controllers(count) {}
  std::vector<ControllerTotals> controllers;
  std::uint64_t steps = 0;  ///< of running lanes, all controllers

  /// Adds the rollouts of a block, in order.
  void add(const EvaluateRecorder& block);
};

}  // namespace pianola
