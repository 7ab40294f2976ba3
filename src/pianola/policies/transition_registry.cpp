#include "pianola/policies/transition_registry.hpp"

#include "pianola/base/error.hpp"

// One line a kind of transition model.
#define PIANOLA_TRANSITION_MODELS(X) X(mixture) X(linear) X(autoregressive)

namespace pianola {

#define PIANOLA_DECLARE(name) TransitionEntry transition_entry_##name();
PIANOLA_TRANSITION_MODELS(PIANOLA_DECLARE)
#undef PIANOLA_DECLARE

std::span<const TransitionEntry> transition_models() {
#define PIANOLA_ENTRY(name) transition_entry_##name(),
  static const std::vector<TransitionEntry> table{PIANOLA_TRANSITION_MODELS(PIANOLA_ENTRY)};
#undef PIANOLA_ENTRY
  return table;
}

const TransitionEntry& find_transition_model(const std::string& name) {
  std::vector<std::string> known;
  for (const TransitionEntry& entry : transition_models()) {
    if (entry.name == name) return entry;
    known.push_back(entry.name);
  }
  throw_unknown_name("transition model", name, known);
}

}  // namespace pianola
