// The memory of a controller that decides chunks of c actions and plays the first m of each, open loop:
//
//   decide at steps 0, m, 2m, …;  play u_{step mod m}
//
// All lanes are in step, since they are reset together. A regular value, copied when a controller branches.
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

  void reset() { age_ = execute_; }
  [[nodiscard]] bool due() const { return age_ >= execute_; }
  /// Takes the chunks of all lanes. decided: [lanes × chunk × action_dim].
  void take(std::span<const double> decided);
  /// The action of this step, for all lanes, and on to the next. Not where a chunk is due. actions:
  /// [lanes × action_dim]. age, if not empty: [lanes], steps since the chunk was decided.
  void play(std::span<double> actions, std::span<std::uint32_t> age = {});

 private:
  std::size_t chunk_, action_dim_;
  std::uint32_t execute_, age_;
  std::vector<double> chunks_;
};

}  // namespace pianola
