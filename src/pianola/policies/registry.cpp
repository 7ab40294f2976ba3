#include "pianola/policies/registry.hpp"

#include "pianola/base/error.hpp"

// One line a kind of policy.
#define PIANOLA_POLICIES(X) \
  X(mlp) X(tabular) X(transformer) X(parallel) X(mse) X(gaussian) X(mixture) X(bet) X(armixture)

namespace pianola {

#define PIANOLA_DECLARE(name) PolicyEntry policy_entry_##name();
PIANOLA_POLICIES(PIANOLA_DECLARE)
#undef PIANOLA_DECLARE

std::span<const PolicyEntry> policies() {
#define PIANOLA_ENTRY(name) policy_entry_##name(),
  static const std::vector<PolicyEntry> table{PIANOLA_POLICIES(PIANOLA_ENTRY)};
#undef PIANOLA_ENTRY
  return table;
}

const PolicyEntry& find_policy(const std::string& name) {
  std::vector<std::string> known;
  for (const PolicyEntry& entry : policies()) {
    if (entry.name == name) return entry;
    known.push_back(entry.name);
  }
  throw_unknown_name("policy", name, known);
}

}  // namespace pianola
