// What a spec of the controller `feedback` says of decoding, for those who ask a policy without a plant.
#pragma once

#include <string>

#include "pianola/policies/policy.hpp"

namespace pianola {

/// How `feedback:decode=…,temperature=…` takes tokens. @throws UsageError for another controller, an unknown option or
/// mode, and for options of how chunks are played, which take a plant.
DecodeOptions feedback_decoding(const std::string& spec);

}  // namespace pianola
