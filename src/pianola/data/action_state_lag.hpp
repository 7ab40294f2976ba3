// Is the action a copy of a later state? Where a robot tracks joint targets, a_t ≈ s_{t+L}: the action is the state
// that the robot will have reached L steps later, and an error below the distance between them says little.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace pianola {

struct ActionStateLag {
  std::size_t lag = 0;        ///< steps, where the distance is least
  double distance = 0.0;      ///< rms of (a_t − s_{t+lag}) / std(a), over dimensions that are not constant
  double distance_now = 0.0;  ///< the same at lag 0: what "repeat the state" costs
};

/// Accumulates distances between actions and states of equal dimension at lags 0 … kMaxLag, trajectory by trajectory.
class ActionStateDistance {
 public:
  static constexpr std::size_t kMaxLag = 16;

  explicit ActionStateDistance(std::size_t dim) : dim_(dim), squares_((kMaxLag + 1) * dim) {}

  /// actions, states: [steps × dim] of one trajectory. All lags are compared on the same steps, those that have a state
  /// kMaxLag later; shorter trajectories are left out.
  void add(std::span<const double> actions, std::span<const double> states);

  /// action_std: [dim]. Nothing if no trajectory was long enough or every action is constant.
  [[nodiscard]] std::optional<ActionStateLag> lag(std::span<const double> action_std) const;

 private:
  std::size_t dim_, steps_ = 0;
  std::vector<double> squares_;  // [lag][dim]
};

}  // namespace pianola
