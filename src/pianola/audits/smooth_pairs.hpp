// Pairs of states in which a policy's laws are compared: where deployment really deviates, and in random directions.
//
//   coupled   (x_h, x'_h) of expert and audited controller under shared noise, at steps spread over the horizon, half
//             of them geometrically: the first deviations are the smallest
//   random    (x_h, x_h + ‖x'_h − x_h‖·v), v uniform on the sphere: the same distances, in directions that the loop
//   does
//             not favour; observations that no state has are among them
//
// Random pairs have no plant, so a law that plans on one has coupled pairs only.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "pianola/audits/deployed_law.hpp"
#include "pianola/audits/law_points.hpp"
#include "pianola/control/rollout_set.hpp"

namespace pianola {

struct PairPlan : RolloutSet {
  Deployment deployment;                  ///< with system and expert
  std::string controller;                 ///< spec of the deployed one
  double tolerance = 0.0;                 ///< ε'
  std::size_t most_pairs = 2000;          ///< coupled ones, and as many random ones
  std::vector<std::uint32_t> steps = {};  ///< at which pairs are taken, ascending, 1 … H − 1; empty: spread
};

struct SmoothPair {
  LawPoint here, there;  ///< expert's state; the controller's, or a random one
  bool random = false;
  double distance = 0.0;
  LawGap gap;
};

/// Steps 1 … horizon − 1, at most `count` of them, half spread evenly and half geometrically.
std::vector<std::uint32_t> spread_steps(std::uint32_t horizon, std::size_t count);

/// Pairs in the order of (id, step), coupled before random. Pairs no farther apart than rounding (1e-12 of the state),
/// of ended lanes, or of states that are not finite are left out. The same bits for any number of threads. Memory: the
/// pairs.
/// @throws as rollout() and as the law's sessions.
std::vector<SmoothPair> smooth_pairs(const PairPlan& plan, const DeployedLaw& law);

}  // namespace pianola
