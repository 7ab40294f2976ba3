#include "pianola/report/numbers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace pianola {
namespace {

constexpr double kLargest = 1e9, kSmallest = 1e-3;  // beyond, numbers are written with an exponent

bool plain(double value) { return value == 0.0 || (std::abs(value) >= kSmallest && std::abs(value) < kLargest); }

/// Decimals that show `digits` significant digits of `value`.
int decimals_for(double value, int digits) {
  if (value == 0.0) return digits - 1;
  return std::clamp(digits - 1 - static_cast<int>(std::floor(std::log10(std::abs(value)))), 0, 12);
}

/// Commas between the thousands of a plain number of at least four digits before the point.
std::string grouped(std::string text) {
  const std::size_t first = text.starts_with('-') ? 1 : 0;
  const std::size_t point = std::min(text.find('.'), text.size());
  if (point - first < 4) return text;
  for (std::size_t i = point; i > first + 3; i -= 3) text.insert(i - 3, ",");
  return text;
}

std::string fixed(double value, int decimals) {
  std::string text = fmt::format("{:.{}f}", value, decimals);
  // A negative number that rounds to nothing is 0, not -0.
  if (text.find_first_not_of("-0.") == std::string::npos && text.starts_with('-')) text.erase(0, 1);
  return grouped(std::move(text));
}

}  // namespace

std::string format_number(double value, int digits) {
  if (std::isnan(value)) return "–";
  if (std::isinf(value)) return value > 0.0 ? "∞" : "-∞";
  if (!plain(value)) return fmt::format("{:.{}g}", value, digits);
  if (value == 0.0) return "0";
  std::string text = fixed(value, decimals_for(value, digits));
  if (text.find('.') != std::string::npos) {
    text.erase(text.find_last_not_of('0') + 1);
    if (text.ends_with('.')) text.pop_back();
  }
  return text;
}

std::string format_estimate(const Estimate& estimate, int digits) {
  if (!std::isfinite(estimate.value)) return format_number(estimate.value, digits);
  if (!std::isfinite(estimate.low) || !std::isfinite(estimate.high)) return format_number(estimate.value, digits);
  const double largest = std::max({std::abs(estimate.value), std::abs(estimate.low), std::abs(estimate.high)});
  if (!plain(largest)) {
    return fmt::format("{} [{}, {}]", format_number(estimate.value, digits), format_number(estimate.low, digits),
                       format_number(estimate.high, digits));
  }
  const int decimals = decimals_for(largest, digits);
  return fmt::format("{} [{}, {}]", fixed(estimate.value, decimals), fixed(estimate.low, decimals),
                     fixed(estimate.high, decimals));
}

std::string format_plus_minus(const Estimate& estimate, int digits) {
  const double half = 0.5 * (estimate.high - estimate.low);
  const double skew = std::abs(0.5 * (estimate.high + estimate.low) - estimate.value);
  // What rounding leaves of a mean's interval is not asymmetry.
  if (!std::isfinite(half) || !(skew <= 0.01 * half + 1e-9 * std::abs(estimate.value))) {
    return format_estimate(estimate, digits);
  }
  constexpr double kTiny = 1e-6;  // shorter with an exponent than with as many decimals
  if (!plain(estimate.value) || half < kTiny) {
    return format_number(estimate.value, digits) + " ± " + format_number(half, 2);
  }
  const int decimals = decimals_for(half * (1.0 + 1e-9), 2);  // 0.0001 less a rounding error is 0.00010
  return fixed(estimate.value, decimals) + " ± " + fixed(half, decimals);
}

std::string format_percent(double fraction, int digits) {
  return std::isfinite(fraction) ? format_number(100.0 * fraction, digits) + " %" : "–";
}

}  // namespace pianola
