// One pass along the expert's own trajectories: what was seen and played, what the quantizer makes of it, and what
// another controller would have decided in the same situations.
//
// This is where in-distribution numbers come from: a validation set sees these states and no others (docs/theory.md
// §1). The shadowing controller observes every step and is never executed.
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

struct AuditPlan;      // audits/audit.hpp
class RecordedExpert;  // below

struct ExpertPassPlan : RolloutSet {
  std::shared_ptr<const System> system;
  std::shared_ptr<const Expert> expert;
  std::shared_ptr<const Quantizer> quantizer;        ///< null: nothing is quantized
  std::shared_ptr<const ControllerRecipe> shadow{};  ///< null: none
  std::shared_ptr<const ControllerRecipe> player{};  ///< plays in the expert's place; null: the expert
  /// Gone through in place of playing, where nothing shadows or replaces the expert; rollouts and ids are its own.
  const RecordedExpert* recorded = nullptr;
};

/// Along the audited plant's expert, with the audited quantizer; nothing shadows it.
ExpertPassPlan expert_pass_of(const AuditPlan& plan, std::string activity);

/// One trajectory; spans are valid during the visit. n: observation_dim, m: action_dim.
struct ExpertTrajectory {
  std::uint64_t id = 0;
  std::size_t steps = 0;                 ///< T ≤ H, in which it ran and did not diverge
  std::span<const double> observations;  ///< [T × n]
  std::span<const double> actions;       ///< [T × m], raw
  /// [T' × m], whole chunks one after the other, T' = ⌊T / c⌋·c; empty without a quantizer.
  std::span<const double> quantized;
  std::span<const double> shadow;   ///< [T × m], or empty
  std::span<const double> rewards;  ///< [T]
  Outcome outcome = Outcome::truncated;
};

/// Trajectories of the expert kept in memory, so that one playing serves many quantizers.
class RecordedExpert {
 public:
  void add(const ExpertTrajectory& trajectory);
  /// Those of `plan` with its quantizer's actions, in the order in which they were added.
  void visit(const ExpertPassPlan& plan, const std::function<void(const ExpertTrajectory&)>& visit) const;

 private:
  struct Kept {
    std::uint64_t id = 0;
    std::size_t steps = 0;
    std::vector<double> observations, actions, rewards;
    Outcome outcome = Outcome::truncated;
  };
  std::vector<Kept> kept_;
};

/// Calls `visit` for each trajectory in the order of ids, one at a time, possibly on another thread.
/// Memory: a few blocks of trajectories a thread. A dither's noise is that of the stream "dither", as in deployment.
/// @throws as rollout().
void expert_pass(const ExpertPassPlan& plan, const std::function<void(const ExpertTrajectory&)>& visit);

}  // namespace pianola
