#include "pianola/quantizers/fit_range.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "pianola/base/error.hpp"
#include "pianola/quantizers/action_bounds.hpp"
#include "pianola/quantizers/action_scan.hpp"

namespace pianola {
namespace {

std::vector<double> broadcast(const std::vector<double>& values, const char* name, std::size_t dim,
                              std::string_view who) {
  if (values.size() == dim) return values;
  if (values.size() == 1) return std::vector<double>(dim, values[0]);
  const std::string needed = dim == 1 ? "1 number" : fmt::format("1 or {} numbers", dim);
  throw UsageError(
      fmt::format("{}: option '{}' needs {} (the action's dimension), got {}", who, name, needed, values.size()));
}

void check_options(const RangeOptions& options, std::string_view who) {
  static const std::vector<std::string> known{"auto", "system", "data"};
  if (std::find(known.begin(), known.end(), options.range) == known.end()) {
    throw_unknown_name(fmt::format("{}: range", who), options.range, known);
  }
  if (options.low.empty() != options.high.empty()) {
    throw UsageError(fmt::format("{}: options 'low' and 'high' go together; give both", who));
  }
  if (!(options.quantile >= 0.0 && options.quantile < 0.5)) {
    throw UsageError(fmt::format("{}: option 'quantile' must lie in [0, 0.5), not at {}", who, options.quantile));
  }
  const int sources = int{!options.low.empty()} + int{options.quantile > 0.0} + int{options.range == "system"};
  if (sources > 1 || (!options.low.empty() && options.range == "data")) {
    throw UsageError(fmt::format(
        "{}: options 'low' and 'high', 'quantile' and 'range={}' contradict each other; give one", who, options.range));
  }
}

const ActionSource& needed_data(const FitContext& context, std::string_view who) {
  if (context.data != nullptr) return *context.data;
  throw UsageError(fmt::format(
      "{}: needs a range: neither a finite action range nor data are known; give low= and high=, or a dataset", who));
}

ActionRange quantile_range(double quantile, const ActionSource& source, std::string_view who) {
  const std::array<double, 2> p{quantile, 1.0 - quantile};
  ActionRange range;
  for (const std::vector<double>& of_dimension : data_quantiles(source, who, p)) {
    range.low.push_back(of_dimension[0]);
    range.high.push_back(of_dimension[1]);
  }
  return range;
}

ActionRange system_range(const FitContext& context, std::string_view who) {
  const std::size_t got = context.range.low.size();
  if (got != context.action_dim) {
    throw UsageError(
        fmt::format("{}: the action range has {} dimensions, the action {}", who, got, context.action_dim));
  }
  return context.range;
}

ActionRange choose(const RangeOptions& options, const FitContext& context, std::string_view who) {
  if (!options.low.empty()) {
    return {broadcast(options.low, "low", context.action_dim, who),
            broadcast(options.high, "high", context.action_dim, who)};
  }
  if (options.quantile > 0.0) return quantile_range(options.quantile, needed_data(context, who), who);
  if (options.range != "data" && context.range.finite()) return system_range(context, who);
  if (options.range == "system") {
    throw UsageError(fmt::format(
        "{}: 'range=system' needs a finite action range of a system or recorded in the dataset; there is none", who));
  }
  return data_range(needed_data(context, who), who);
}

}  // namespace

ActionRange fit_range(const RangeOptions& options, const FitContext& context, std::string_view who) {
  check_options(options, who);
  ActionRange range = choose(options, context, who);
  for (std::size_t d = 0; d < range.low.size(); ++d) {
    const double low = range.low[d], high = range.high[d];
    if (usable_bounds(low, high)) continue;
    const std::string what =
        fmt::format("{}: the range of dimension {} must have low ≤ high and bounds within ±{:g}, not [{}, {}]", who, d,
                    kLargestRangeBound, low, high);
    if (!options.low.empty()) throw UsageError(what + "; mend 'low' and 'high'");
    throw DataError(what + "; mend the data or give low= and high=");
  }
  return range;
}

}  // namespace pianola
