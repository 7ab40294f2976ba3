// What controllers need of a deployment, checked in one place so that every controller names the same remedy.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "pianola/control/controller.hpp"

namespace pianola {

/// `who` is the controller's name in errors: "controller 'quantized'".
/// @throws UsageError if there is no expert, or its dimensions are not the system's.
void require_expert(const std::string& who, const Deployment& deployment);
/// @throws UsageError if there is no quantizer, or its action dimension is not the system's (or the expert's).
void require_quantizer(const std::string& who, const Deployment& deployment);
/// An option that takes one of some words. @throws UsageError suggesting the nearest.
void require_known(const std::string& who, const char* option, const std::string& value,
                   const std::vector<std::string>& known);
/// The number of actions of a chunk that are executed: `execute`, or the whole chunk.
/// @throws UsageError unless 1 ≤ execute ≤ chunk.
std::size_t checked_execute(const std::string& who, std::optional<std::uint64_t> execute, std::size_t chunk);

}  // namespace pianola
