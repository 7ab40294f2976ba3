// Numbers as people read them, in tables and sentences.
#pragma once

#include <string>

#include "pianola/base/statistics.hpp"

namespace pianola {

/// At most `digits` significant digits and no fewer than the whole part has: "0.1235", "3,717", "1.2e-05";
/// "–" for NaN, "∞" and "-∞". Zeros at the end are left out.
std::string format_number(double value, int digits = 4);

/// "0.123 [0.100, 0.146]", all three with as many decimals; "0.123" without an interval, "–" without a value.
std::string format_estimate(const Estimate& estimate, int digits = 4);

/// "0.123 ± 0.023": the half-width of the interval with two digits, the value with as many decimals. As format_estimate
/// without an interval, and where the interval is not symmetric about the value.
std::string format_plus_minus(const Estimate& estimate, int digits = 4);

/// "12.3 %".
std::string format_percent(double fraction, int digits = 3);

}  // namespace pianola
