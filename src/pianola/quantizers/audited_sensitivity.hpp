// Prices of errors by action dimension, from an audit of the closed loop (audits/action_sensitivity.hpp) to the specs
// that share out bits by them (bit_allocation.hpp).
#pragma once

#include <span>
#include <string>
#include <vector>

namespace pianola {

/// stability.action_sensitivity of an audit.json (`pianola audit -o`, or its --json), over the largest of them: only
/// ratios matter. @throws DataError for a file that has none, or one that is no finite number ≥ 0 (a loop that
/// diverged), or only zeros.
std::vector<double> read_audited_sensitivity(const std::string& path);

/// The specs with `sensitivity=` of these numbers (four digits) where they say bits=auto and have none of their own.
/// @throws UsageError if none does.
std::vector<std::string> with_sensitivity(std::vector<std::string> specs, std::span<const double> sensitivity);

}  // namespace pianola
