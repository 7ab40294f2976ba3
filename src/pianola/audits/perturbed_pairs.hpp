// Pairs of trajectories under shared noise (docs/theory.md §1, §3): the expert's own, and others that start in the same
// state, see the same noise, and play perturbed actions.
//
//   open loop:    u'_h = u_h + Δ_h        u_h what the expert played on its own trajectory
//   closed loop:  u'_h = π*(x'_h) + Δ_h   the expert in the loop, disturbed
//
// A trajectory that ends freezes, as in every rollout, and stays in the pair: falling is something that happens to a
// state. One that diverges is data: its distance is infinite from then on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "pianola/base/progress.hpp"
#include "pianola/experts/expert.hpp"
#include "pianola/systems/system.hpp"

namespace pianola {

/// Δ of one branch beside one trajectory.
struct Perturbation {
  enum class Kind { impulse, constant, random };
  Kind kind = Kind::impulse;
  double size = 0.0;        ///< ‖Δ_h‖ where it is not 0
  std::uint32_t step = 0;   ///< of an impulse
  NoiseKey direction = {};  ///< its direction is uniform: draws of this key for (id, 0), random: for (id, h)
  std::optional<std::size_t> dimension = {};  ///< of the action; then the direction is one of the two along it
};

struct PerturbedPairPlan {
  std::shared_ptr<const System> system;
  std::shared_ptr<const Expert> expert;
  NoiseKey key;
  std::size_t trajectories = 0;  ///< of the expert
  std::size_t branches = 1;      ///< perturbed trajectories beside each
  std::uint32_t horizon = 0;
  std::uint64_t first_id = 0;
  bool closed_loop = false;
  std::function<Perturbation(std::uint64_t id, std::size_t branch)> perturbation;  ///< pure; asked once a pair
  Progress* progress = nullptr;
  std::string activity = "pairs";
};

/// One pair; spans are valid during the visit.
struct PerturbedPair {
  std::uint64_t id = 0;
  std::size_t branch = 0;
  std::span<const double> sizes;      ///< [H] ‖Δ_h‖
  std::span<const double> distances;  ///< [H] ‖x'_{h+1} − x_{h+1}‖, after step h; ∞ once one of the two diverged
  double reward_slope = 0.0;          ///< largest |r' − r| / (‖x' − x‖ + ‖u' − u‖) while both run
  double action_slope = 0.0;          ///< closed loop: largest ‖π*(x') − π*(x)‖ / ‖x' − x‖ while both run
  bool stopped = false;               ///< one of the two ended (fell, diverged) where the other ran on
};

/// Calls `visit` for each pair, by trajectory and then by branch, one at a time, possibly on another thread.
/// Memory: blocks of lanes × branches × H numbers, a few a thread. Cost: 1 + branches plant steps and one expert call a
/// step (closed loop: 1 + branches). @throws as plants and expert do; Interrupted.
void perturbed_pairs(const PerturbedPairPlan& plan, const std::function<void(const PerturbedPair&)>& visit);

}  // namespace pianola
