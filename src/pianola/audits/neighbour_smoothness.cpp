#include "pianola/audits/neighbour_smoothness.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <span>

#include "pianola/base/interrupt.hpp"
#include "pianola/base/parallel.hpp"
#include "pianola/data/column_statistics.hpp"

namespace pianola {
namespace {

constexpr std::size_t kMostPairs = std::size_t{1} << 21;

/// Steps of the dataset, drawn evenly: their states in standard deviations, dimensions that never move left out.
struct Steps {
  std::size_t state_dim = 0, action_dim = 0;
  std::vector<float> states;              // [n × state_dim]
  std::vector<double> actions;            // [n × action_dim]
  std::vector<std::size_t> trajectories;  // [n], ascending
};

struct Scale {
  std::vector<std::size_t> dims;
  std::vector<double> mean, inverse;
  std::size_t steps = 0;
};

ObservationScale measure_scale(TrajectoryReader& reader) {
  ColumnStatistics statistics(reader.info().observation_dim);
  for (std::size_t i = 0; i < reader.size(); ++i) {
    throw_if_interrupted();
    statistics.add(reader.read(i).observations);
  }
  return {statistics.mean(), statistics.deviation(), statistics.count()};
}

/// Of the dimensions that move.
Scale scale_of(const ObservationScale& seen) {
  Scale scale;
  scale.steps = seen.steps;
  for (std::size_t d = 0; d < seen.deviation.size(); ++d) {
    if (!(seen.deviation[d] > 1e-9 * std::abs(seen.mean[d]))) continue;
    scale.dims.push_back(d);
    scale.mean.push_back(seen.mean[d]);
    scale.inverse.push_back(1.0 / seen.deviation[d]);
  }
  return scale;
}

/// Every ⌈steps / most⌉-th step, from a drawn one on.
Steps draw(TrajectoryReader& reader, const Scale& scale, std::size_t most, const NoiseKey& key) {
  const std::size_t width = reader.info().observation_dim, stride = (scale.steps + most - 1) / most;
  Steps out{scale.dims.size(), reader.info().action_dim, {}, {}, {}};
  auto next = static_cast<std::size_t>(uniform(key, 0, 0, 0) * static_cast<double>(stride));
  std::size_t begin = 0;
  for (std::size_t i = 0; i < reader.size(); ++i) {
    throw_if_interrupted();
    const Trajectory t = reader.read(i);
    for (; next < begin + t.steps; next += stride) {
      const std::size_t row = next - begin;
      for (std::size_t d = 0; d < scale.dims.size(); ++d) {
        out.states.push_back(
            static_cast<float>((t.observations[row * width + scale.dims[d]] - scale.mean[d]) * scale.inverse[d]));
      }
      const auto action = t.actions.begin() + static_cast<std::ptrdiff_t>(row * out.action_dim);
      out.actions.insert(out.actions.end(), action, action + static_cast<std::ptrdiff_t>(out.action_dim));
      out.trajectories.push_back(i);
    }
    begin += t.steps;
  }
  return out;
}

struct Pair {
  float state = 0.0f;        // squared distance of the states
  std::size_t a = 0, b = 0;  // steps
};

/// The closest step of each other trajectory to step `a`.
void find_pairs(const Steps& steps, std::size_t a, std::span<Pair> out) {
  const std::size_t dim = steps.state_dim;
  const float* const x = steps.states.data() + a * dim;
  for (Pair& pair : out) pair = {std::numeric_limits<float>::infinity(), a, a};
  std::size_t slot = 0;
  for (std::size_t b = 0; b < steps.trajectories.size(); ++b) {
    if (b > 0 && steps.trajectories[b] != steps.trajectories[b - 1]) ++slot;
    const float* const y = steps.states.data() + b * dim;
    float square = 0.0f;
    for (std::size_t d = 0; d < dim; ++d) square += (x[d] - y[d]) * (x[d] - y[d]);
    if (square < out[slot].state && steps.trajectories[b] != steps.trajectories[a]) out[slot] = {square, a, b};
  }
}

double action_distance(const Steps& steps, std::size_t a, std::size_t b) {
  double square = 0.0;
  for (std::size_t d = 0; d < steps.action_dim; ++d) {
    const double difference = steps.actions[a * steps.action_dim + d] - steps.actions[b * steps.action_dim + d];
    square += difference * difference;
  }
  return std::sqrt(square);
}

/// Every so-many-th step asks, so that time and pairs stay within bounds.
std::vector<Pair> all_pairs(const Steps& steps, std::size_t trajectories, std::size_t queries) {
  const std::size_t n = steps.trajectories.size();
  const std::size_t asked = std::max<std::size_t>(1, std::min({queries, n, kMostPairs / trajectories}));
  std::vector<Pair> pairs(asked * trajectories);
  parallel_blocks(asked, 8, [&](const Block& block) {
    for (std::size_t q = block.begin; q < block.end; ++q) {
      throw_if_interrupted();
      find_pairs(steps, q * n / asked, std::span(pairs).subspan(q * trajectories, trajectories));
    }
  });
  std::erase_if(pairs, [](const Pair& pair) { return pair.a == pair.b; });
  std::sort(pairs.begin(), pairs.end(),
            [](const Pair& x, const Pair& y) { return std::tie(x.state, x.a, x.b) < std::tie(y.state, y.a, y.b); });
  return pairs;
}

NeighbourBin bin_of(const Steps& steps, std::span<const Pair> pairs) {
  NeighbourBin bin;
  bin.pairs = pairs.size();
  bin.state_distance =
      std::sqrt(static_cast<double>(pairs[pairs.size() / 2].state) / static_cast<double>(steps.state_dim));
  std::vector<double> distances;
  std::map<std::size_t, RunningMean> by_trajectory;  // pairs of one trajectory are not independent
  for (const Pair& pair : pairs) {
    distances.push_back(action_distance(steps, pair.a, pair.b));
    by_trajectory[steps.trajectories[pair.a]].add(distances.back());
  }
  RunningMean over;
  for (const auto& [trajectory, mean] : by_trajectory) over.add(mean.mean());
  bin.action_distance = over.estimate();
  bin.action_p90 = quantile(distances, 0.9);
  return bin;
}

/// Mean action distance of step i and the step half the data away.
double typical_distance(const Steps& steps) {
  const std::size_t n = steps.trajectories.size();
  RunningMean mean;
  for (std::size_t i = 0; i < n / 2; ++i) mean.add(action_distance(steps, i, i + n / 2));
  return mean.mean();
}

}  // namespace

std::optional<NeighbourSmoothness> neighbour_smoothness(TrajectoryReader& reader, const NoiseKey& key,
                                                        const NeighbourOptions& options) {
  if (reader.size() < 2 || reader.info().observation_dim == 0) return std::nullopt;
  const Scale scale = scale_of(options.scale ? *options.scale : measure_scale(reader));
  if (scale.dims.empty()) return std::nullopt;
  const Steps steps = draw(reader, scale, options.states, key.child("neighbours"));
  std::vector<std::size_t> drawn = steps.trajectories;
  drawn.erase(std::unique(drawn.begin(), drawn.end()), drawn.end());
  if (drawn.size() < 2) return std::nullopt;
  const std::vector<Pair> pairs = all_pairs(steps, drawn.size(), options.queries);
  NeighbourSmoothness out;
  out.states = steps.trajectories.size();
  out.typical = typical_distance(steps);
  const std::size_t bins = std::min(options.bins, pairs.size());
  for (std::size_t i = 0; i < bins; ++i) {
    const std::size_t begin = i * pairs.size() / bins, end = (i + 1) * pairs.size() / bins;
    out.bins.push_back(bin_of(steps, std::span(pairs).subspan(begin, end - begin)));
  }
  out.floor = out.bins.front().action_distance;
  return out;
}

}  // namespace pianola
