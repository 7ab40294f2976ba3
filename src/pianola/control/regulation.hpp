// A linear plant under a linear regulator, u = u₀ − K·(x − x₀): the loop A − B·K, and whether the regulator holds it.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "pianola/experts/expert.hpp"
#include "pianola/systems/system.hpp"

namespace pianola {

/// K [m × n] where the expert is a linear regulator; empty where it is none.
std::vector<double> regulator_gain(const Expert& expert);

/// A − B·K, with the same B. gain: [m × n] row-major.
LinearModel closed_loop_model(const LinearModel& model, std::span<const double> gain);

/// Why the expert does not hold a plant that is linear by construction: A − B·K has an eigenvalue outside the unit
/// circle, or on it where A has one outside. The sentence names these eigenvalues and what would do. "" where the
/// loop is stable, merely marginal as the plant itself, or no regulator on a linear system.
std::string unstable_regulation(const System& system, const Expert& expert);

}  // namespace pianola
