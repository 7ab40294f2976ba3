// Where a quantizer errs: by step of the trajectory, and in which trajectories most. quantizers/compare.hpp has the
// means.
//
// An error that grows along the trajectory meets the closed loop where it matters least or most (docs/theory.md §8): ε
// and its bounds are per step, so the step is what one looks at. These are errors on recorded actions; what the loop
// makes of them is measured in the loop.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "pianola/base/random.hpp"
#include "pianola/base/statistics.hpp"
#include "pianola/data/dataset.hpp"
#include "pianola/quantizers/quantizer.hpp"

namespace pianola {

/// One trajectory's mean error a step, and its largest, with the step (from 0) at which it stands.
struct TrajectoryError {
  std::size_t trajectory = 0;  ///< its number, from 0
  double mean = 0.0, largest = 0.0;
  std::size_t step = 0;
};

struct QuantizationErrors {
  std::vector<Estimate> by_step;       ///< ‖q(u_h) − u_h‖ over the trajectories that have a step h, action units
  std::vector<TrajectoryError> worst;  ///< of the largest mean error, descending
};

/// One pass. Steps after the last whole chunk of a trajectory are left out, as everywhere.
/// Memory: the longest trajectory's steps and `worst` rows. @throws DataError as ChunkWalk::run; Interrupted.
QuantizationErrors quantization_errors(const Quantizer& quantizer, const ActionSource& source, const NoiseKey& key,
                                       std::size_t worst = 5);

}  // namespace pianola
