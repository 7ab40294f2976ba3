// Expert demonstrations, streamed. With a perturbation σ > 0 some trajectories are executed with noise but keep the
// expert's clean label (Zhang et al., arXiv:2507.09061; Laskey et al., DART, arXiv:1703.09327):
//
//   x_{h+1} = f(x_h, u_h + σ·z_h),  label u_h = π*(x_h),  z_h standard normal in each dimension, stream "perturb"
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include "pianola/base/progress.hpp"
#include "pianola/base/random.hpp"
#include "pianola/base/statistics.hpp"
#include "pianola/data/dataset.hpp"
#include "pianola/experts/expert.hpp"
#include "pianola/systems/system.hpp"

namespace pianola {

struct CollectPlan {
  std::shared_ptr<const System> system;
  std::shared_ptr<const Expert> expert;
  NoiseKey key;
  std::size_t trajectories = 50;
  std::uint32_t horizon = 0;   ///< 0: the system's
  double perturb_sigma = 0.0;  ///< action units
  double clean = 1.0;          ///< fraction of trajectories without noise; the others are spread evenly
  std::size_t lanes = 0;       ///< 0: chosen; results do not depend on it
  Progress* progress = nullptr;
};

struct Collection {
  std::size_t trajectories = 0, steps = 0;
  Estimate total_return;
  double terminated_fraction = 0.0, diverged_fraction = 0.0;
};

/// Whether trajectory `i` of a plan is executed with noise: for clean = 0.5 every second one, from the second on.
bool perturbed(const CollectPlan& plan, std::uint64_t i);

/// Streams trajectories to `sink` in order, named demo_0, demo_1, … Each holds all fields but timestamps (there too
/// where the system's step has a duration); executed_actions where σ > 0. dones is 1 where the task ended, never for
/// the horizon. The step in which a trajectory diverges is no transition of the system, so it has no row, and counts in
/// no return: the trajectory ends before it, with the outcome `diverged`. Memory: a few blocks.
/// @throws UsageError for options out of range, or a trajectory that diverges in its first step; Interrupted on Ctrl-C.
Collection collect(const CollectPlan& plan, const std::function<void(const Trajectory&)>& sink);

/// What collect's dataset records: dimensions, range if finite, kinds, and provenance as attributes `system`, `expert`,
/// `simulator`, `seed`, `horizon`, `perturb`.
DatasetInfo collected_info(const CollectPlan& plan);

}  // namespace pianola
