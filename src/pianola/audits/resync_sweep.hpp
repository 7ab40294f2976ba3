// The controller `augmented` re-anchored every m steps, for a ladder of m, all under shared noise with the expert:
//
//   regret(m)              measured, with the paired difference to the m of least mean
//   away(m)                E of the mean over h of ‖x_h − x_h^expert‖, the real state
//   ρ(m)                   the same of the auxiliary state x̃_h, which is what the policy sees
//   smoothness loss(m)     Σ_h (H−h+1)·E[min(1, κ(ρ_h))], the second term of docs/theory.md §8 at the measured ρ_h,
//                          without s_h (which m does not change); an estimate, since ρ_h is sampled
//
// m = 1 is plain feedback, where ρ_h is what the loop does to the real state; m = ∞ is Algorithm 1, where it is what
// the model does to itself. Neither is always the smaller: a good model on a stable plant stays, feedback on a rough
// policy does not, and the other way round.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "pianola/audits/audit.hpp"

namespace pianola {

struct ResyncRow {
  std::uint64_t every = 0;   ///< m; 0: never
  Estimate regret;           ///< total over H
  Estimate above_best;       ///< regret minus that of the best row, rollout by rollout; 0 of the best itself
  Estimate away, drift;      ///< observation units
  Estimate smoothness_loss;  ///< total over H, rewards' range 1; n = 0 without a modulus
  bool as_good = false;      ///< shown to be: the interval of above_best ends within the sweep's tolerance
  bool open = false;         ///< neither as good nor worse: the interval reaches 0 and beyond the tolerance
};

struct ResyncSweep {
  std::vector<ResyncRow> rows;                  ///< m ascending, never last
  std::size_t best = 0;                         ///< row of least mean regret
  double tolerance = 0.0;                       ///< regret above the best's, total over H, that makes no difference
  std::optional<Estimate> feedback_saves = {};  ///< regret of never minus that of m = 1, rollout by rollout; H > 1
};

/// Share of all there is to lose (RewardScale::most) that makes no difference between two rows.
inline constexpr double kResyncTolerance = 0.01;

/// Sets as_good and open from above_best: a difference is not small because few rollouts leave it unknown.
void judge_rows(ResyncSweep& sweep);

/// 1, 2, 5, 10, 20, 50, … below the horizon, and 0 (never).
std::vector<std::uint64_t> resync_ladder(std::uint32_t horizon);

/// The plan's controller must be `augmented`; its own re-anchoring is replaced. smoothness: κ; null: its loss is not
/// computed. Memory: rollouts × rows numbers. @throws as rollout().
ResyncSweep sweep_resync(const AuditPlan& plan, const SmoothnessFindings* smoothness);

/// As people write m: "∞" for never.
std::string resync_name(std::uint64_t every);

/// The m beside the best, as people write them: those as good, and those that are not told from it.
struct OtherResyncs {
  std::vector<std::string> alike, open;
};
OtherResyncs other_resyncs(const ResyncSweep& sweep);

/// "m = 5; as good, within 1.5 of it: 2; not told apart: 10". There are rows.
std::string recommended_resync(const ResyncSweep& sweep);

/// The plan's controller with this m in place of what re-anchors it.
std::string with_resync(const std::string& controller, std::uint64_t every);

}  // namespace pianola
