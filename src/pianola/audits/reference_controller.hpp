// q#π* deployed as a controller deploys its policy: what the regret of that policy is split at (docs/theory.md §8).
#pragma once

#include <optional>
#include <string>

#include "pianola/control/controller.hpp"

namespace pianola {

/// The spec of the controller of the same kind for q#π*: `quantized` for `feedback`, else the same one, without the
/// options that say how tokens are taken and what only a learned model has. Nothing for `expert`.
std::optional<std::string> reference_controller(const std::string& controller);

/// Without what was learned.
Deployment untrained(Deployment deployment);

}  // namespace pianola
