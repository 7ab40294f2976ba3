// Exact gains of linear plants: what a perturbation of the action does to the state, at every lag.
//
//   open loop    g_j = ‖A^j·B‖₂            x' = A·x + B·u + ω
//   closed loop  g_j = ‖(A − B·K)^j·B‖₂    u = −K·x + Δ, the expert a linear regulator (control/regulation.hpp)
//
// They hold for every perturbation and every noise, radius ∞ and probability 1, as long as neither of the two
// trajectories leaves the plant's limit: there it stops, which no gain describes.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "pianola/systems/system.hpp"

namespace pianola {

/// The plant's A and B where it is linear by construction, not about a point only.
std::optional<LinearModel> exact_linear_model(const System& system);

/// The plant is linear while |x_i| is at most this; a step beyond it ends the trajectory (`diverged`), and with it the
/// rewards. ∞ for plants that have no such option.
double linear_limit(const System& system);

/// ‖A^j·B‖₂ for j < horizon, each rounded up by 1e-12 of itself; ∞ where the power overflows. Cost: horizon · n²·m.
std::vector<double> linear_gains(const LinearModel& model, std::size_t horizon);

}  // namespace pianola
