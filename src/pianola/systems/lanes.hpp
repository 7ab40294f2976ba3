// What every simulation keeps of its lanes: which trajectories they are and the streams that their noise comes from.
//
//   noise of step h      (key.child("plant"), id, h, draw)
//   initial state        (key.child("plant").child("initial"), id, 0, draw)
//
// The initial state has a stream of its own, so a plant with noise starts where the same plant without noise starts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "pianola/base/random.hpp"
#include "pianola/systems/system.hpp"

namespace pianola {

class LaneStreams {
 public:
  explicit LaneStreams(std::size_t lanes) : ids_(lanes) {}

  /// @throws UsageError unless there is one id a lane.
  void reset(const NoiseKey& key, Ids ids);

  [[nodiscard]] std::size_t lanes() const { return ids_.size(); }
  [[nodiscard]] std::uint64_t id(std::size_t lane) const { return ids_[lane]; }
  [[nodiscard]] Ids ids() const { return ids_; }
  [[nodiscard]] const NoiseKey& noise() const { return noise_; }
  [[nodiscard]] const NoiseKey& initial() const { return initial_; }

 private:
  std::vector<std::uint64_t> ids_;
  NoiseKey noise_, initial_;
};

/// Rejects a non-finite action of a running lane before anything has moved; frozen lanes' actions are not read.
/// actions: [lanes × action_dim], outcomes: [lanes]. Cost: one pass over the actions, no allocation.
/// @throws UsageError naming system, lane, dimension and value.
void require_finite_actions(const SystemInfo& info, std::span<const double> actions, std::span<const Outcome> outcomes);

/// Options that all systems check alike. @throws UsageError naming `who`, the option and its value.
std::uint32_t checked_horizon(const char* who, int horizon);
double checked_finite(const char* who, const char* option, double value);
double checked_std(const char* who, const char* option, double value);  ///< finite and ≥ 0
double checked_within(const char* who, const char* option, double value, double low, double high);

/// Bounds of the actions from the options low= and high=, each empty (unbounded), of one number (for all dimensions)
/// or of `dim`. @throws UsageError unless low < high in each dimension.
ActionRange checked_range(const char* who, std::size_t dim, std::span<const double> low, std::span<const double> high);

}  // namespace pianola
