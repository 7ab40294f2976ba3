#include "pianola/systems/registry.hpp"

#include <algorithm>

#include "pianola/base/error.hpp"

// One line a system. The MuJoCo ones define their entries in every build, with `unavailable` set where it was built
// without MuJoCo: so a user learns why a system is missing, instead of that it does not exist.
#define PIANOLA_SYSTEMS(X) \
  X(scalar_linear)         \
  X(linear)                \
  X(trap)                  \
  X(tabular_mdp)           \
  X(pendulum)              \
  X(cart_pole)             \
  X(two_link_reacher)      \
  X(lane_keeping)          \
  X(quadrotor)             \
  X(position_control)      \
  X(sequence)              \
  X(mujoco)                \
  X(gymnasium)

namespace pianola {

#define PIANOLA_DECLARE(name) SystemEntry system_entry_##name();
PIANOLA_SYSTEMS(PIANOLA_DECLARE)
#undef PIANOLA_DECLARE

std::span<const SystemEntry> systems() {
#define PIANOLA_ENTRY(name) system_entry_##name(),
  static const std::vector<SystemEntry> table{PIANOLA_SYSTEMS(PIANOLA_ENTRY)};
#undef PIANOLA_ENTRY
  return table;
}

std::shared_ptr<const System> make_system(const std::string& spec, const SystemContext& context) {
  const Spec parsed = parse_spec(spec);
  std::vector<std::string> known;
  for (const SystemEntry& entry : systems()) {
    if (entry.name != parsed.name) {
      known.push_back(entry.name);
      continue;
    }
    if (!entry.unavailable.empty()) {
      throw UsageError("system '" + entry.name + "' is not in this build: " + entry.unavailable);
    }
    return entry.make(parsed, context);
  }
  throw_unknown_name("system", parsed.name, known);
}

}  // namespace pianola
