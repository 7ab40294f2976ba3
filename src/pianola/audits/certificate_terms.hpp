// The sums of docs/theory.md §8 along the expert's trajectories, for given constants: what certification.cpp makes
// certificates and estimates of.
#pragma once

#include <cstddef>
#include <limits>
#include <optional>
#include <string>

#include "pianola/audits/audit.hpp"
#include "pianola/audits/loop_tube.hpp"

namespace pianola {

/// What rewards are worth.
struct RewardScale {
  std::optional<double> range;  ///< high − low of a step, where the system declares both
  double horizon = 1.0;
  double stand_in = 0.0;  ///< |mean return of the expert|, in place of H × range where that is not declared
  /// The most that any controller can cost; where no range is declared, what stands in for it.
  [[nodiscard]] double most() const { return range ? *range * horizon : stand_in; }
};
RewardScale reward_scale(const AuditPlan& plan, const Estimate& expert_return);

/// A constant with how it is known; ∞ where it is not.
struct KnownConstant {
  double value = std::numeric_limits<double>::infinity();
  Basis basis = Basis::sampled;
  std::string how = {};
};

/// Constants of the forms; rewards in units of their declared range.
struct CertificateConstants {
  RewardScale scale;
  KnownConstant reward;                  ///< L_r, of rescaled rewards
  KnownConstant policy;                  ///< L_π of the expert
  KnownConstant loop_gain;               ///< Σ_j g_j in the loop
  LoopGains loop;                        ///< the same, as far as it is known lag by lag
  double epsilon = 0.0;                  ///< ε_sup of the scheme, inside its range; ∞ if it claims none
  std::optional<ActionRange> range;      ///< where it clips
  std::optional<ActionRange> actuators;  ///< where the plant clips
  /// The plant's range lies within the quantizer's: whatever the expert asks for, what is executed errs by ε at most.
  [[nodiscard]] bool clipped_by_plant() const;
  std::optional<double> small_gain;  ///< k of k·ε-RTVC, where the small-gain condition holds and can be used
};

/// Totals over H of one trajectory each, rescaled; means over trajectories.
struct CertificateTerms {
  RunningMean augmented, by_modulus, by_small_gain, closed_loop;
  RunningMean visited;  ///< Σ_h (H−h+1)·min(1, s_h) on the states that q#π* visits
  std::size_t trajectories = 0;
  std::size_t left_small_gain = 0;  ///< on which an action may leave the range of ε_sup
  std::size_t beyond_radius = 0;    ///< max_h e_h > d
  std::size_t ended_early = 0;
  bool parts = false;                ///< κ of some deviation is positive: tokens may part
  double largest_error = 0.0;        ///< e_h seen, on the expert's states and on those of q#π*
  std::string disagreement_unknown;  ///< why s_h is not known; "" if it is, or is 0
  bool learned = false;              ///< there is a learner, with s_h > 0
};

/// Two passes over `plan.rollouts` trajectories of the expert, the second one of q#π* where it is needed; over recorded
/// ones the first alone.
/// Needs a quantizer, and findings of stability.
CertificateTerms certificate_terms(const AuditPlan& plan, const AuditFindings& findings,
                                   const CertificateConstants& constants);

}  // namespace pianola
