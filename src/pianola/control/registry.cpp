#include <string>
#include <vector>

#include "pianola/control/controller.hpp"

// One line a controller, in the order in which help lists them.
#define PIANOLA_CONTROLLERS(X) \
  X(expert)                    \
  X(quantized)                 \
  X(feedback)                  \
  X(chunked)                   \
  X(augmented)

namespace pianola {

#define X(name) ControllerEntry controller_entry_##name();
PIANOLA_CONTROLLERS(X)
#undef X

std::span<const ControllerEntry> controllers() {
#define X(name) controller_entry_##name(),
  static const std::vector<ControllerEntry> entries{PIANOLA_CONTROLLERS(X)};
#undef X
  return entries;
}

std::shared_ptr<const ControllerRecipe> make_controller(const std::string& text, const Deployment& deployment) {
  const Spec spec = parse_spec(text);
  std::vector<std::string> known;
  for (const auto& entry : controllers()) {
    if (entry.name == spec.name) return entry.make(spec, deployment);
    known.push_back(entry.name);
  }
  throw_unknown_name("controller", spec.name, known);
}

}  // namespace pianola
