// κ̂ from pairs: how far a policy's laws are apart, against the distance of the states.
//
//   κ̂(r) = the largest W_ε' of a pair at most r apart, jumps included      nondecreasing; a lower estimate of κ
//   means of W_ε' over pairs about r apart, of each kind, over rollouts     what a loop that deviates by r pays with
//
// Pairs of one rollout are not independent: means and intervals are over rollouts. Where all rollouts agree there is no
// variance to go by, and the interval is that of an event that happened in none, or all, of so many (Clopper, Pearson).
#pragma once

#include <cstddef>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include "pianola/audits/jump_search.hpp"
#include "pianola/audits/smooth_pairs.hpp"
#include "pianola/base/statistics.hpp"

namespace pianola {

/// Pairs about equally far apart.
struct ModulusBin {
  double distance = 0.0;     ///< the largest of them
  double kappa = 0.0;        ///< κ̂ there; of laws with bounds, their upper ones
  double kappa_low = 0.0;    ///< by their lower ones
  Estimate coupled, random;  ///< mean W_ε' (upper bounds), over rollouts; n = 0 where there are none
  Estimate action_distance;  ///< mean distance of actions, coupled pairs
  double beyond = 1.0;       ///< with 95 % confidence at most this share of rollouts has a pair that exceeds κ̂
  std::size_t pairs = 0;
};

struct SampledModulus {
  std::vector<ModulusBin> bins;                      ///< by distance
  std::vector<std::pair<double, double>> steps;      ///< (distance, κ̂ from there on), ascending in both
  std::vector<std::pair<double, double>> tv_steps;   ///< the same of W_0, the total variation
  Estimate rtvc, tvc;                                ///< mean W_ε' and W_0 of coupled pairs
  Estimate action_distance;                          ///< mean distance of their actions
  double steepest = 0.0;                             ///< largest W_ε' / distance of a pair, lower bounds
  std::size_t coupled = 0, random = 0, unknown = 0;  ///< pairs; unknown: without a law at one of the states

  double farthest = 0.0;  ///< distance of the pair that is farthest apart

  /// κ̂(r); 0 below the closest pair that differs, 1 beyond the farthest pair: there nothing was seen.
  [[nodiscard]] double at(double distance) const;
  /// Whether all laws were points, the same ones or others.
  bool points = true;

  /// The same of the total variation. Points that are not all the same jump between some states as close as one likes,
  /// whether or not a pair was so close: 1 at every distance then.
  [[nodiscard]] double tv_at(double distance) const;
};

/// Bins are equally wide on a logarithmic axis. jumps: those not found are not looked at.
SampledModulus sampled_modulus(std::span<const SmoothPair> pairs, std::span<const JumpSearch> jumps,
                               std::size_t bins = 12);

/// Mean of numbers in [0, 1] with a 95 % interval within [0, 1], as above.
Estimate bounded_mean(std::span<const double> samples);

}  // namespace pianola
