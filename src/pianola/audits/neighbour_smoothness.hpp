// How much an expert's action changes with its state, as far as recordings alone can tell.
//
// Close states of *different* trajectories are compared: pairs of one trajectory are close in time, and say how slowly
// the action moves, not how smooth the policy is. Pairs are sorted by the distance of their states, and the distance of
// their actions is shown against it. Where it does not fall to 0 with the states' distance, the rest is the floor:
// noise of the expert, what the observation does not show, or several ways to act. A finer quantizer than that floor
// resolves noise.
//
// It is an estimate, weaker than an audit in closed loop: it sees the states that were recorded, not those to which an
// imitator drifts; distances are Euclidean in standard deviations, so a dimension that does not matter counts as one
// that does; and a floor may be anything of the three.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "pianola/base/random.hpp"
#include "pianola/base/statistics.hpp"
#include "pianola/data/dataset.hpp"

namespace pianola {

/// Pairs whose states are about equally far apart.
struct NeighbourBin {
  double state_distance = 0.0;  ///< median; rms over dimensions, in standard deviations of each
  Estimate action_distance;     ///< mean ‖u − u'‖, action units, over the trajectories of the first of each pair
  double action_p90 = 0.0;      ///< quantile 0.9 of it
  std::size_t pairs = 0;
};

struct NeighbourSmoothness {
  std::vector<NeighbourBin> bins;  ///< as many pairs in each, by distance
  /// The action distance of the closest pairs: `bins.front().action_distance`.
  Estimate floor;
  double typical = 0.0;    ///< mean action distance of any two steps, to hold the floor against
  std::size_t states = 0;  ///< that were compared with
};

/// What a pass over the dataset has found of its observations, to save another one.
struct ObservationScale {
  std::vector<double> mean, deviation;  ///< [observation_dim]
  std::size_t steps = 0;                ///< of the dataset
};

struct NeighbourOptions {
  std::size_t queries = 1000, states = 20000;  ///< at most so many of each, drawn evenly
  std::size_t bins = 12;
  std::optional<ObservationScale> scale = {};  ///< nothing: it takes a pass of its own
};

/// For each query and each other trajectory, the closest state there makes a pair.
/// Reads the dataset twice, once if options.scale is given. Memory: the states and the pairs. Cost: queries × states ×
/// observation_dim. Nothing if there are fewer than two trajectories or no observation moves. @throws DataError as
/// reading does; Interrupted. The same bits for any number of threads.
std::optional<NeighbourSmoothness> neighbour_smoothness(TrajectoryReader& reader, const NoiseKey& key,
                                                        const NeighbourOptions& options = {});

}  // namespace pianola
