// How far residual codebooks can be from any action of a box, bounded from above: ε_sup of rvq with encoder=identity.
//
//   R_0 = the box of a chunk's values,   ρ_l = sup_{r ∈ R_l} min_k ‖r − c_{l,k}‖,
//   R_{l+1} = the smallest box around  ∪_k (R_l − c_{l,k}) ∩ [−ρ_l, ρ_l]^W,
//
// k over the codes whose part is not empty: what layer l leaves of anything in R_l lies in R_{l+1}. ρ_l is bounded by
// covering_radius.hpp and, since what layer l − 1 left is also no longer than ρ_{l−1}, by ρ_{l−1} + min_k ‖c_{l,k}‖. Of
// a step of the chunk the error is at most ρ of the last layer, and at most that step's farthest corner of the last
// box. Greedy search may well do worse with a layer more in some corner of the box: then the bound grows, and rightly.
#pragma once

#include "pianola/data/action_space.hpp"
#include "pianola/quantizers/residual_codebooks.hpp"

namespace pianola {

/// Per step. box: of an action, low ≤ high; books.dim() is a multiple of its dimensions. Cost: of whole chunks layers ×
/// codes × width, of single steps some milliseconds a layer.
double residual_radius(const ResidualCodebooks& books, const ActionRange& box);

}  // namespace pianola
