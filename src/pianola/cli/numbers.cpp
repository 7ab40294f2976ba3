#include "pianola/cli/numbers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace pianola::cli {

std::string format_number(double value) {
  if (std::isnan(value)) return "–";
  if (std::isinf(value)) return value > 0 ? "∞" : "−∞";
  const double size = std::abs(value);
  if (size != 0.0 && (size < 1e-4 || size >= 1e7)) return fmt::format("{:.2e}", value);
  const int digits = size >= 1.0 ? 1 + static_cast<int>(std::floor(std::log10(size))) : 0;
  return fmt::format("{:.{}f}", value, std::clamp(4 - digits, 0, 4));
}

std::string format_estimate(const Estimate& estimate) {
  if (estimate.n == 0) return "–";
  const std::string value = format_number(estimate.value);
  if (std::isnan(estimate.low) || std::isnan(estimate.high)) return value;
  return fmt::format("{} [{}, {}]", value, format_number(estimate.low), format_number(estimate.high));
}

}  // namespace pianola::cli
