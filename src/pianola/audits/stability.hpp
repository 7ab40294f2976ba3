// Gains of a plant around its expert for many candidates at once, cheaply: docs/theory.md §3, as the stability audit
// measures them, but without fresh perturbations that would verify them.
#pragma once

#include <cstddef>

#include "pianola/audits/audit.hpp"

namespace pianola {

struct UnverifiedStability {
  StabilityFindings findings;  ///< δ is 0: nobody looked for perturbations beyond the gains
  std::size_t rollouts = 0;    ///< played for it; 0 where both loops are known exactly
};

/// Both loops from impulses of size `radius` at plan.perturbations steps of as many trajectories; exact where the plant
/// is linear. @throws as rollout().
UnverifiedStability unverified_stability(const AuditPlan& plan, double radius);

}  // namespace pianola
