#include "pianola/quantizers/action_bounds.hpp"

#include <fmt/format.h>

#include <cassert>
#include <cmath>

#include "pianola/base/error.hpp"
#include "pianola/quantizers/fit_range.hpp"

namespace pianola {

bool usable_bounds(double low, double high) {
  return low <= high && std::abs(low) <= kLargestRangeBound && std::abs(high) <= kLargestRangeBound;
}

void require_bounds(std::string_view who, std::size_t d, double low, double high) {
  if (usable_bounds(low, high)) return;
  throw UsageError(fmt::format("{}: the range of dimension {} must have low ≤ high within ±{:g}, not [{}, {}]", who, d,
                               kLargestRangeBound, low, high));
}

ActionRange saved_bounds(const SavedFields& fields, std::size_t dim) {
  ActionRange range{fields.numbers("low", dim), fields.numbers("high", dim)};
  for (std::size_t d = 0; d < dim; ++d) {
    if (usable_bounds(range.low[d], range.high[d])) continue;
    throw DataError(fmt::format("keys 'low' and 'high' hold no range in dimension {}", d));
  }
  return range;
}

void flag_outside(const ActionRange& range, std::span<const double> actions, std::span<bool> flags) {
  assert(actions.size() == flags.size());
  for (std::size_t i = 0; i < actions.size(); ++i) {
    const std::size_t d = i % range.low.size();
    flags[i] = actions[i] < range.low[d] || actions[i] > range.high[d];
  }
}

}  // namespace pianola
