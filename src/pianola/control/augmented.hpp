// The transition model of the controller `augmented`, for those who look at it without playing.
#pragma once

#include <memory>
#include <string>

#include "pianola/control/controller.hpp"
#include "pianola/policies/transition_model.hpp"

namespace pianola {

/// The model that keeps the auxiliary state of the controller `spec`: the run's (or its mode), else the exact one.
/// @throws UsageError as make_controller does, and where the spec is of another controller.
std::shared_ptr<const TransitionModel> augmented_model(const std::string& spec, const Deployment& deployment);

}  // namespace pianola
