// The constants of docs/theory.md §8 for one audited controller, each with how it is known: proven, exact or sampled.
#pragma once

#include <limits>
#include <optional>
#include <string>
#include <vector>

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

/// κ of what is deployed: W_ε' of its laws two states apart.
struct KnownModulus {
  Modulus modulus;
  double tolerance = 0.0;  ///< ε'; 0: the total variation
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
  double limit = std::numeric_limits<double>::infinity();  ///< of |x_i|: a step beyond it ends a linear plant's rewards
  std::optional<double> small_gain;  ///< k of k·ε-RTVC, where the small-gain condition holds and can be used
  /// q#π* is played in bins: actions a apart have representatives at most a + 2ε apart (theory.md §4), clipped or not.
  bool lipschitz_bins = false;
  std::vector<KnownModulus> moduli = {};  ///< of what is deployed; sampled ones only where none is proven
};

/// Whether actions are numbers that name something, of a finite decision process or a source of tokens: one further is
/// not near.
bool plays_indices(const System& system);

/// Dimensions that wrap or have two values have no Lipschitz constant, nor have actions that are indices.
bool lipschitz_kinds(const AuditPlan& plan);

/// Needs a quantizer, and findings of stability and decomposition; those of smoothness are used where they are.
CertificateConstants certificate_constants(const AuditPlan& plan, const AuditFindings& findings);

}  // namespace pianola
