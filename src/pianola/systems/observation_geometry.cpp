#include "pianola/systems/observation_geometry.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "pianola/base/error.hpp"
#include "pianola/systems/angle_turn.hpp"

namespace pianola {
namespace {

/// The short way round.
double wrap(double difference) { return wrap_angle(difference, 0.0); }

}  // namespace

ObservationGeometry observation_geometry(const System& system) {
  const auto* const declared = dynamic_cast<const DeclaresGeometry*>(&system);
  return declared != nullptr ? declared->observation_geometry() : ObservationGeometry{};
}

void check_geometry(const ObservationGeometry& geometry, std::size_t dim, const std::string& who) {
  std::vector<std::size_t> columns = geometry.angles;
  for (const std::size_t column : geometry.circles) columns.insert(columns.end(), {column, column + 1});
  std::ranges::sort(columns);
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (columns[i] >= dim) {
      throw UsageError(
          fmt::format("{}: column {} is no column of an observation of {}; the first is 0", who, columns[i], dim));
    }
    if (i > 0 && columns[i] == columns[i - 1]) {
      throw UsageError(
          fmt::format("{}: column {} is named twice; a circle takes its column and the next", who, columns[i]));
    }
  }
}

void observation_difference(const ObservationGeometry& geometry, std::span<const double> from,
                            std::span<const double> to, std::span<double> out) {
  for (std::size_t d = 0; d < out.size(); ++d) out[d] = to[d] - from[d];
  for (const std::size_t d : geometry.angles) out[d] = wrap(out[d]);
}

void move_observation(const ObservationGeometry& geometry, std::span<const double> turns,
                      std::span<const double> increments, std::span<double> state) {
  for (std::size_t d = 0; d < state.size(); ++d) state[d] += increments[d];
  for (std::size_t i = 0; i < geometry.angles.size(); ++i) {
    double& angle = state[geometry.angles[i]];
    angle = wrap_angle(angle, turns[i]);
  }
  for (const std::size_t d : geometry.circles) {
    const double radius = std::hypot(state[d], state[d + 1]);
    if (radius > 0.0) {
      state[d] /= radius;
      state[d + 1] /= radius;
    } else {
      state[d] -= increments[d];
      state[d + 1] -= increments[d + 1];
    }
  }
}

std::vector<double> angle_turns(const ObservationGeometry& geometry, std::span<const double> low,
                                std::span<const double> high) {
  std::vector<double> turns;
  turns.reserve(geometry.angles.size());
  for (const std::size_t d : geometry.angles) turns.push_back(turn_middle(low[d], high[d]));
  return turns;
}

double observation_distance(const ObservationGeometry& geometry, std::span<const double> from,
                            std::span<const double> to) {
  double sum = 0.0;
  auto angle = geometry.angles.begin();
  for (std::size_t d = 0; d < from.size(); ++d) {
    double gap = to[d] - from[d];
    if (angle != geometry.angles.end() && *angle == d) {
      gap = wrap(gap);
      ++angle;
    }
    sum += gap * gap;
  }
  return std::sqrt(sum);
}

void observation_features(const ObservationGeometry& geometry, std::span<const double> state, std::span<double> out) {
  std::ranges::copy(state, out.begin());
  std::size_t sine = state.size();
  for (const std::size_t d : geometry.angles) {
    out[d] = std::cos(state[d]);
    out[sine++] = std::sin(state[d]);
  }
}

}  // namespace pianola
