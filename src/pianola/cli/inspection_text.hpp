// An inspection as text for a terminal: problems, then sizes, then one row for each action dimension.
#pragma once

#include <string>

#include "pianola/data/inspect.hpp"
#include "pianola/data/represented_statistics.hpp"

namespace pianola::cli {

/// At most 100 columns wide; long problems are wrapped.
/// The table of what a scheme would see of these actions.
std::string represented_text(const RepresentedStatistics& statistics);

std::string inspection_text(const Inspection& inspection);

}  // namespace pianola::cli
