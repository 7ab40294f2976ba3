// Saturation among the problems of a dataset: actions at or beyond a known range, or exactly at the data's extremes.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "pianola/data/inspect.hpp"
#include "pianola/data/inspect_problems.hpp"

namespace pianola {

/// Adds what is found to `out`: shares at and beyond the range that `seen` has, by dimension and over all; without a
/// range, extremes that many actions equal exactly, and a note that no range is recorded.
void find_saturation(const Inspection& seen, const InspectionFacts& facts, std::vector<Problem>& out);

/// "action dimension 0 (elbow)", "action dimensions 0 (elbow) and 2 (wrist)", "action dimensions 0, 2 and 5 to 9".
std::string where_of_actions(const Inspection& seen, std::span<const std::size_t> dims);

/// Only numbers on a line have bounds to saturate at and values to repeat.
bool is_linear_action(const Inspection& seen, std::size_t d);

}  // namespace pianola
