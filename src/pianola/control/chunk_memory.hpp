// The memory of a controller that decides chunks of c actions and plays the first m of each, open loop:
//
//   decide at ages 0, m, 2m, …;  play u_{age mod m}
//
// Lanes need not be in step: each has its own age. A regular value, copied when a controller branches.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace pianola {

class ChunkMemory {
 public:
  /// 1 ≤ execute ≤ chunk.
  ChunkMemory(std::size_t lanes, std::size_t chunk, std::size_t execute, std::size_t action_dim);

  void reset();
  [[nodiscard]] bool due(std::size_t lane) const { return age_[lane] >= execute_; }
  [[nodiscard]] bool any_due() const;
  /// Takes the chunks of all lanes that are due. decided: [lanes × chunk × action_dim].
  void take(std::span<const double> decided);
  /// The action of this step, for all lanes, and on to the next. No lane is due. actions: [lanes × action_dim].
  /// age, if not empty: [lanes], steps since each lane's chunk was decided.
  void play(std::span<double> actions, std::span<std::uint32_t> age = {});

 private:
  std::size_t chunk_, action_dim_;
  std::uint32_t execute_;
  std::vector<std::uint32_t> age_;
  std::vector<double> chunks_;
};

/// Copies the rows of `from` whose lane is due into `to`; both [lanes × width].
template <class T>
void copy_due(const ChunkMemory& memory, std::size_t lanes, std::span<const T> from, std::span<T> to) {
  if (to.empty()) return;
  const std::size_t width = to.size() / lanes;
  for (std::size_t lane = 0; lane < lanes; ++lane) {
    if (!memory.due(lane)) continue;
    for (std::size_t i = lane * width; i < (lane + 1) * width; ++i) to[i] = from[i];
  }
}

}  // namespace pianola
