// Numbers as people read them.
#pragma once

#include <string>

#include "pianola/base/statistics.hpp"

namespace pianola::cli {

/// Four significant digits without exponent where that is readable: "3717", "0.1250", "1.2e-07"; "–" for NaN.
std::string format_number(double value);

/// "3717 [3715, 3719]"; the interval is left out where it does not exist; "–" where nothing does.
std::string format_estimate(const Estimate& estimate);

}  // namespace pianola::cli
