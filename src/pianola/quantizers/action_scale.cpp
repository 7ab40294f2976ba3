#include "pianola/quantizers/action_scale.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "pianola/base/error.hpp"

namespace pianola {
namespace {

struct Spread {
  double std = 0.0, range = 0.0;
  bool constant = true;
};

Spread spread(std::span<const float> rows, std::size_t dim, std::size_t d) {
  const auto n = static_cast<double>(rows.size() / dim);
  double sum = 0.0, square = 0.0;
  float low = rows[d], high = rows[d];
  for (std::size_t i = d; i < rows.size(); i += dim) {
    sum += static_cast<double>(rows[i]);
    low = std::min(low, rows[i]);
    high = std::max(high, rows[i]);
  }
  for (std::size_t i = d; i < rows.size(); i += dim) {
    const double away = static_cast<double>(rows[i]) - sum / n;
    square += away * away;
  }
  return {std::sqrt(square / n), static_cast<double>(high) - static_cast<double>(low), low == high};
}

}  // namespace

void check_action_scale(const ActionScaleOptions& options, std::size_t dim, std::string_view who) {
  static const std::vector<std::string> known{"none", "std", "range"};
  if (std::find(known.begin(), known.end(), options.scale) == known.end()) {
    throw_unknown_name(fmt::format("{}: scale", who), options.scale, known);
  }
  if (options.weights.empty()) return;
  if (options.scale != "none") {
    throw UsageError(
        fmt::format("{}: options 'weights' and 'scale={}' contradict each other; give one", who, options.scale));
  }
  const bool good =
      std::all_of(options.weights.begin(), options.weights.end(), [](double w) { return w >= 0.0 && w <= 1e15; }) &&
      std::any_of(options.weights.begin(), options.weights.end(), [](double w) { return w >= 1e-15; });
  if (options.weights.size() == dim && good) return;
  throw UsageError(fmt::format("{}: option 'weights' needs {} numbers in 0 … 1e15, not all 0, got {}", who, dim,
                               fmt::join(options.weights, ",")));
}

std::vector<double> action_scale(const ActionScaleOptions& options, std::span<const float> rows, std::size_t dim,
                                 std::string_view who) {
  check_action_scale(options, dim, who);
  if (!options.weights.empty()) return options.weights;
  std::vector<double> scale(dim, 1.0);
  if (options.scale == "none") return scale;
  for (std::size_t d = 0; d < dim; ++d) {
    const Spread data = spread(rows, dim, d);
    const double unit = options.scale == "std" ? data.std : data.range;
    scale[d] = data.constant || !(unit > 1e-30) ? 0.0 : 1.0 / unit;
  }
  if (std::all_of(scale.begin(), scale.end(), [](double w) { return w == 0.0; })) scale.assign(dim, 1.0);
  return scale;
}

}  // namespace pianola
