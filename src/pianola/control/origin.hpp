// Where a dataset or a run comes from, beside where it is used now. A difference is no error, since it may be what the
// user wants to try; but recordings depend on the system and on the simulator's version, so nobody should miss it.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "pianola/systems/system.hpp"

namespace pianola {

/// As recorded; "" where nothing was.
struct Origin {
  std::string system;     ///< spec
  std::string simulator;  ///< "mujoco 3.4.0"
};

/// The attributes `system` and `simulator` of a dataset.
Origin origin_of(const std::map<std::string, std::string>& attributes);

/// A sentence for each thing in which `origin` differs from `system`; what is not recorded does not differ, and neither
/// do horizons. who: "run 'runs/first'".
std::vector<std::string> differences(const std::string& who, const Origin& origin, const SystemInfo& system);

}  // namespace pianola
