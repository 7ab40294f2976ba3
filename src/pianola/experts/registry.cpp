#include <fmt/format.h>

#include "pianola/base/error.hpp"
#include "pianola/experts/expert.hpp"

// One line an expert.
#define PIANOLA_EXPERTS(X) \
  X(lqr)                   \
  X(mlp)                   \
  X(arctan)                \
  X(tabular)               \
  X(scripted)              \
  X(swing_up)              \
  X(reach)                 \
  X(driver)                \
  X(position_target)       \
  X(source)

namespace pianola {

#define PIANOLA_DECLARE(name) ExpertEntry entry_##name();
PIANOLA_EXPERTS(PIANOLA_DECLARE)
#undef PIANOLA_DECLARE

namespace {

const ExpertEntry& find_expert(const std::string& name) {
  std::vector<std::string> known;
  for (const ExpertEntry& entry : experts()) {
    if (entry.name == name) return entry;
    known.push_back(entry.name);
  }
  throw_unknown_name("expert", name, known);
}

/// What the expert reads and plays must be what the system shows and takes.
void require_same_dimensions(const ExpertInfo& expert, const SystemInfo& system) {
  const bool same = expert.observation_dim == system.observation_dim && expert.action_dim == system.action_dim;
  if (same) return;
  throw UsageError(fmt::format(
      "expert '{}' reads observations of dimension {} and plays actions of dimension {}, but "
      "system '{}' has observations of dimension {} and actions of dimension {}; use the expert "
      "of this system",
      expert.spec, expert.observation_dim, expert.action_dim, system.spec, system.observation_dim, system.action_dim));
}

}  // namespace

std::span<const ExpertEntry> experts() {
#define PIANOLA_ENTRY(name) entry_##name(),
  static const std::vector<ExpertEntry> table{PIANOLA_EXPERTS(PIANOLA_ENTRY)};
#undef PIANOLA_ENTRY
  return table;
}

std::shared_ptr<const Expert> make_expert(const std::string& spec, std::shared_ptr<const System> system) {
  if (system == nullptr) throw UsageError("an expert acts on a system, and none is given; name one with --system");
  const std::string& chosen = spec.empty() ? system->info().default_expert : spec;
  if (chosen.empty()) {
    throw UsageError(fmt::format("system '{}' has no expert of its own; name one with --expert, e.g. mlp:expert.hdf5",
                                 system->info().spec));
  }
  const Spec parsed = parse_spec(chosen);
  auto expert = find_expert(parsed.name).make(parsed, system);
  require_same_dimensions(expert->info(), system->info());
  return expert;
}

}  // namespace pianola
