// The weights among which a training chose, RUN/candidates/step-NNNNNNNN.safetensors, as policies: how much a return
// depends on when training stopped.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "pianola/policies/action_policy.hpp"
#include "pianola/policies/policy.hpp"

namespace pianola {

struct RunCandidate {
  std::uint64_t steps = 0;                            ///< of training
  std::shared_ptr<const Policy> policy;               ///< null where the law is over actions
  std::shared_ptr<const ActionPolicy> action_policy;  ///< null where it is over tokens
};

/// By steps; empty if the run kept none. policy_spec: the run's.
/// @throws DataError naming the file that cannot be read or was changed.
std::vector<RunCandidate> load_candidates(const std::filesystem::path& run, const std::string& policy_spec);

}  // namespace pianola
