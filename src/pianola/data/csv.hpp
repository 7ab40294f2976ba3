// Demonstrations as a table of text (RFC 4180): a header, one row a step, commas, fields quoted where they need it.
//
// A column is an element of a field: "action[0]", "action_0", "action.0" of the field action; "action.elbow",
// "action_elbow" of the action too, whose dimensions then have names; "observation.arm[2]" of the observation's field
// arm; "obs_x" of its field x. Meanings of fields and marks of episodes ("episode") as flat_table.hpp has them. Columns
// whose first entry is no number (true and false are) are listed in info().unread.
//
// Doubles are written in the fewest digits that read back as the same bits. What a table cannot hold (kinds, range,
// attributes, subsets) is told by lost().
#pragma once

#include <memory>
#include <string>

#include "pianola/data/formats.hpp"

namespace pianola {

/// As FormatEntry::detect: a text file whose header names an action and a mark of episodes.
std::string detect_csv(const std::string& path);

/// Memory: one trajectory, the place of every 1,024th row, and 64 blocks of so many. @throws DataError naming line and
/// column; UsageError as read_flat.
std::unique_ptr<TrajectoryReader> open_csv(const std::string& path, const ReadOptions& options);

std::unique_ptr<TrajectoryWriter> create_csv(const std::string& path, const DatasetInfo& info);

}  // namespace pianola
