// Episodes that are missing between others: demo_4 where there are demo_0 … demo_3 and demo_5 … demo_9.
#pragma once

#include <span>
#include <string>
#include <vector>

namespace pianola {

/// What the numbering of `names` leaves out between its smallest and its largest, in order and without leading zeros;
/// at most as many as there are names. Nothing unless all names are one text with a number at its end.
std::vector<std::string> missing_names(std::span<const std::string> names);

}  // namespace pianola
