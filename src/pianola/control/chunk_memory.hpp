// The memory of a controller that decides chunks of c actions, plays m of each, and needs d steps to decide:
//
//   decide at steps 0, m, 2m, …;  what is decided at step h is played from step h + d on
//
// At a decision the next d actions are therefore committed: those of the chunk before, or at the beginning a start
// action. Of a chunk that begins with its observation the first d actions are those committed ones, and u_d … u_{d+m−1}
// are played (first = d, d + m ≤ c); a chunk that is played late begins with u_0 (first = 0, m ≤ c).
// All lanes are in step, since they are reset together. A regular value, copied when a controller branches.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace pianola {

struct ChunkSchedule {
  std::size_t chunk = 1;    ///< c, actions decided
  std::size_t execute = 1;  ///< m, actions played
  std::size_t delay = 0;    ///< d, steps between a decision and the first action of it that is played
  std::size_t first = 0;    ///< of the chunk's actions, the first that is played; first + execute ≤ chunk
};

class ChunkMemory {
 public:
  /// Age of an action that nobody decided: a start action.
  static constexpr std::uint32_t kUndecided = std::numeric_limits<std::uint32_t>::max();

  ChunkMemory(std::size_t lanes, std::size_t action_dim, const ChunkSchedule& schedule);

  void reset();
  /// What is played before the first decision takes effect, [lanes × action_dim]; before the first take().
  void start(std::span<const double> actions);
  [[nodiscard]] bool due() const { return age_ >= schedule_.execute; }
  /// What will be played in the next `delay` steps whatever is decided now, where a chunk is due.
  /// out: [lanes × delay × action_dim].
  void committed(std::span<double> out) const;
  /// Takes the chunks of all lanes. decided: [lanes × chunk × action_dim].
  void take(std::span<const double> decided);
  /// The action of this step, for all lanes, and on to the next. Not where a chunk is due. actions:
  /// [lanes × action_dim]. age, if not empty: [lanes], steps since the action was decided.
  void play(std::span<double> actions, std::span<std::uint32_t> age = {});

 private:
  [[nodiscard]] std::span<double> row(std::size_t k) { return std::span(queue_).subspan(k * width_, width_); }
  [[nodiscard]] std::uint32_t age() const;

  ChunkSchedule schedule_;
  std::size_t action_dim_, width_;
  std::size_t age_ = 0;        // steps since the last decision
  std::size_t decisions_ = 0;  // since reset
  std::vector<double> queue_;  // [(delay + execute) × lanes × action_dim]
};

}  // namespace pianola
