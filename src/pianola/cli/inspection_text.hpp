// An inspection as text for a terminal: problems, then sizes, then one row for each action dimension.
#pragma once

#include <string>

#include "pianola/data/inspect.hpp"

namespace pianola::cli {

/// At most 100 columns wide; long problems are wrapped.
std::string inspection_text(const Inspection& inspection);

}  // namespace pianola::cli
