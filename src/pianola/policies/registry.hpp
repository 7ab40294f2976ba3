// Kinds of trained policies. Adding one: a source file that defines `PolicyEntry policy_entry_NAME()`, one line in
// registry.cpp, and a test file; its network is one file and one line in training/.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "pianola/base/packed_weights.hpp"
#include "pianola/base/safetensors.hpp"
#include "pianola/base/spec.hpp"
#include "pianola/policies/action_policy.hpp"
#include "pianola/policies/aligned_bytes.hpp"
#include "pianola/policies/policy.hpp"

namespace pianola {

struct PolicyEntry {
  std::string name, summary;
  std::vector<OptionHelp> options;
  /// The policy whose weights `file` holds; `where` names it in errors. Null if its law is over actions. @throws
  /// DataError.
  std::shared_ptr<const Policy> (*load)(const TensorFile& file, const std::string& where);
  /// The runtime's image of it with these weights and this quantizer; null: the runtime cannot play such a policy.
  /// @throws DataError as load; UsageError for weights or a quantizer that the image cannot hold.
  AlignedBytes (*image)(const TensorFile& file, const std::string& where, WeightFormat weights,
                        const Quantizer& quantizer) = nullptr;
  /// The same for laws over actions; null if the law is over tokens.
  std::shared_ptr<const ActionPolicy> (*load_actions)(const TensorFile& file, const std::string& where) = nullptr;
};

/// All kinds, in the order in which help lists them.
std::span<const PolicyEntry> policies();

/// @throws UsageError for an unknown name (nearest suggested).
const PolicyEntry& find_policy(const std::string& name);

}  // namespace pianola
