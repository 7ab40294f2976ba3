// What an error of one action dimension costs in closed loop: how far the state is driven by errors in that dimension
// alone, with the expert in the loop, beside the expert's own trajectory under the same noise.
//
//   s_d = E (1/H) Σ_h ‖x'_{h+1} − x_{h+1}‖² / δ²,   u'_h = π*(x'_h) ± δ·e_d, the sign drawn anew at every step
//
// which is Σ_j g_{d,j}² for a stable linear plant, g_{d,j} its gain from dimension d at lag j. It prices a squared
// error of quantization there (quantizers/bit_allocation.hpp), whose errors change as quickly. What it does not see:
// errors that always point one way, and differences in what states are worth.
#pragma once

#include <vector>

#include "pianola/audits/audit.hpp"

namespace pianola {

/// [action_dim], over trajectories; infinite where one diverged. size: δ > 0, action units. As many trajectories as
/// make about plan.perturbations pairs, 20 at least.
std::vector<Estimate> measure_action_sensitivity(const AuditPlan& plan, double size);

}  // namespace pianola
