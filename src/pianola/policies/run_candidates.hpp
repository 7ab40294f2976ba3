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
  std::uint64_t steps = 0;                            ///< of training, as the file's name says
  std::shared_ptr<const Policy> policy;               ///< null where the law is over actions
  std::shared_ptr<const ActionPolicy> action_policy;  ///< null where it is over tokens
};

/// candidates/step-00002000.safetensors of the run, the weights after so many steps.
std::filesystem::path candidate_file(const std::filesystem::path& run, std::uint64_t steps);

/// One such file. policy_spec: the run's. @throws DataError naming the file that cannot be read or was changed.
RunCandidate load_candidate(const std::filesystem::path& file, const std::string& policy_spec);

/// By steps; empty if the run kept none. @throws as load_candidate.
std::vector<RunCandidate> load_candidates(const std::filesystem::path& run, const std::string& policy_spec);

}  // namespace pianola
