#include "pianola/data/represented_actions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "pianola/base/error.hpp"

namespace pianola {
namespace {

void require_finite(std::span<const double> values, std::size_t columns, std::size_t trajectory, const char* what) {
  const auto bad = std::find_if(values.begin(), values.end(), [](double x) { return !std::isfinite(x); });
  if (bad == values.end()) return;
  const auto at = static_cast<std::size_t>(bad - values.begin());
  throw DataError(fmt::format("{} must be finite; trajectory {}, row {}, dimension {} is {}; mend the data", what,
                              trajectory, at / columns, at % columns, *bad));
}

void require_observations(std::size_t values, std::size_t steps, std::size_t dim) {
  if (values == steps * dim) return;
  throw UsageError(
      values == 0
          ? fmt::format("actions relative to a state need observations ({} columns), and the data are read without; "
                        "declare the frame as absolute, or name the observation (--observation)",
                        dim)
          : fmt::format("actions are relative to a state among {} observation columns, but the data have {}; "
                        "name the same observation (--observation)",
                        dim, steps == 0 ? 0 : values / steps));
}

}  // namespace

RepresentedActions::RepresentedActions(const ActionSource& actions, const ActionRepresentation& representation,
                                       std::size_t chunk)
    : actions_(actions), representation_(representation), chunk_(chunk) {
  if (actions.action_dim() == representation.action_dim()) return;
  throw UsageError(fmt::format("the action representation has {} dimensions, the data {}; declare the kinds of these",
                               representation.action_dim(), actions.action_dim()));
}

void RepresentedActions::for_each(const std::function<void(std::span<const double>)>& visit) const {
  const ActionRepresentation& map = representation_;
  const bool windows = map.needs_state();
  const std::size_t dim = map.action_dim(), width = map.observation_dim();
  std::vector<double> model;
  std::size_t trajectory = 0, longest = 0, visited = 0;
  const auto transform = [&](const double* state, std::span<const double> actions) {
    const ActionTransform t = map.transform(actions.size() / dim);
    model.resize(t.model_values());
    to_model(t, state, actions.data(), model.data());
    visit(std::span<const double>(model).subspan(t.chunk * t.discrete));
    ++visited;
  };
  const auto take = [&](std::span<const double> actions, std::span<const double> observations) {
    const std::size_t steps = actions.size() / dim;
    longest = std::max(longest, steps);
    require_finite(actions, dim, trajectory, "actions");
    if (!windows) return ++trajectory, transform(nullptr, actions);
    require_observations(observations.size(), steps, width);
    require_finite(observations, width, trajectory, "observations");
    for (std::size_t first = 0; first + chunk_ <= steps; ++first) {
      transform(&observations[first * width], actions.subspan(first * dim, chunk_ * dim));
    }
    ++trajectory;
  };
  if (windows) {
    actions_.for_each_observed(take);
  } else {
    actions_.for_each([&](std::span<const double> actions) { take(actions, {}); });
  }
  if (visited > 0 || trajectory == 0) return;
  throw DataError(
      fmt::format("a chunk has {} steps, the longest trajectory {}; take a shorter --chunk", chunk_, longest));
}

void gather_starts(std::span<const double> observations, std::size_t observation_dim, std::size_t chunk, std::size_t n,
                   std::vector<double>& out) {
  out.clear();
  for (std::size_t i = 0; i < n; ++i) {
    const auto row = observations.subspan(i * chunk * observation_dim, observation_dim);
    out.insert(out.end(), row.begin(), row.end());
  }
}

}  // namespace pianola
