// An inspection as text for a terminal: problems, then sizes and fields, then one row for each dimension.
#pragma once

#include <string>

#include "pianola/data/inspect.hpp"
#include "pianola/data/keyed_statistics.hpp"
#include "pianola/data/represented_statistics.hpp"
#include "pianola/report/table.hpp"

namespace pianola::cli {

/// Trajectories, steps, return, repeats, timing: a line each.
std::string sizes_text(const Inspection& inspection);

/// Name, numbers a step, width and extremes of each field; then of actions and observations, one row a dimension.
Table field_table(const Inspection& inspection);
Table action_table(const Inspection& inspection);
Table observation_table(const Inspection& inspection);

/// The table of what a scheme would see of these actions.
std::string represented_text(const RepresentedStatistics& statistics);

/// One row a value of the attribute: how far its actions are off those of all.
std::string keyed_text(const KeyedStatistics& statistics);

/// At most 100 columns wide; long problems are wrapped.
std::string inspection_text(const Inspection& inspection);

}  // namespace pianola::cli
