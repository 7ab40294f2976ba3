// Known systems. Adding one: a source that defines `SystemEntry system_entry_NAME()`, one line in registry.cpp, a test.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "pianola/base/spec.hpp"
#include "pianola/systems/system.hpp"

namespace pianola {

/// What making a system may need besides its spec.
struct SystemContext {
  std::string assets;  ///< `--assets DIR`: where MJCF of Gymnasium tasks lies; "" to look in an installed gymnasium
};

struct SystemEntry {
  std::string name, summary;
  std::vector<OptionHelp> options;
  std::shared_ptr<const System> (*make)(const Spec&, const SystemContext&);
  std::string unavailable;  ///< why this build lacks it, e.g. "built without MuJoCo"; "" if it is there
};

std::span<const SystemEntry> systems();

/// @throws UsageError for an unknown name (nearest suggested), a bad option, or a system that this build lacks.
std::shared_ptr<const System> make_system(const std::string& spec, const SystemContext& context = {});

}  // namespace pianola
