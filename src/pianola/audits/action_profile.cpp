#include "pianola/audits/action_profile.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "pianola/base/error.hpp"

namespace pianola {
namespace {

constexpr double kOnBound = 1e-6;  // of the range's length

void require_finite(std::span<const double> actions, std::size_t dim, std::size_t trajectory) {
  const auto bad = std::ranges::find_if_not(actions, [](double value) { return std::isfinite(value); });
  if (bad == actions.end()) return;
  const auto at = static_cast<std::size_t>(bad - actions.begin());
  throw DataError(fmt::format("trajectory {}, step {}, action dimension {}: {} is no action; mend or leave it out",
                              trajectory, at / dim, at % dim, *bad));
}

/// Counts what there is and finds the smallest and the largest value of each dimension.
ActionRange extent(const ActionSource& source, ActionProfile& profile) {
  ActionRange extent;
  extent.low.assign(profile.dim, std::numeric_limits<double>::infinity());
  extent.high.assign(profile.dim, -std::numeric_limits<double>::infinity());
  source.for_each([&](std::span<const double> actions) {
    require_finite(actions, profile.dim, profile.trajectories);
    for (std::size_t i = 0; i < actions.size(); ++i) {
      double &low = extent.low[i % profile.dim], &high = extent.high[i % profile.dim];
      low = std::min(low, actions[i]), high = std::max(high, actions[i]);
    }
    ++profile.trajectories;
    profile.steps += actions.size() / profile.dim;
  });
  return extent;
}

void count(const ActionSource& source, ActionProfile& profile) {
  source.for_each([&](std::span<const double> actions) {
    for (std::size_t i = 0; i < actions.size(); ++i) {
      const std::size_t d = i % profile.dim;
      const double low = profile.range.low[d], length = profile.range.high[d] - low, u = actions[i];
      const double at = length > 0.0 ? (u - low) / length : 0.5;
      if (at <= kOnBound || at >= 1.0 - kOnBound) profile.saturated[d] += 1.0;
      if (at < 0.0 || at > 1.0) profile.beyond[d] += 1.0;
      const double bar = std::clamp(at * static_cast<double>(kProfileBins), 0.0, static_cast<double>(kProfileBins - 1));
      ++profile.histogram[d][static_cast<std::size_t>(bar)];
    }
  });
}

}  // namespace

double ActionProfile::saturated_fraction() const {
  return std::accumulate(saturated.begin(), saturated.end(), 0.0) / static_cast<double>(std::max<std::size_t>(dim, 1));
}

ActionProfile action_profile(const ActionSource& source, const ActionRange& plant, const ActionRange& recorded) {
  ActionProfile profile;
  profile.dim = source.action_dim();
  const ActionRange seen = extent(source, profile);
  if (profile.steps == 0) throw DataError("the dataset has no actions; a dataset with at least one step is needed");
  profile.bounded = plant.finite() || recorded.finite();
  profile.range = plant.finite() ? plant : recorded.finite() ? recorded : seen;
  profile.saturated.assign(profile.dim, 0.0), profile.beyond.assign(profile.dim, 0.0);
  profile.histogram.assign(profile.dim, std::vector<std::uint64_t>(kProfileBins, 0));
  count(source, profile);
  const double unit = profile.bounded ? 1.0 / static_cast<double>(profile.steps) : 0.0;
  for (std::size_t d = 0; d < profile.dim; ++d) profile.saturated[d] *= unit, profile.beyond[d] *= unit;
  return profile;
}

}  // namespace pianola
