// Temporal ensembling: a chunk is decided at every step, and what is played is the mean of all actions that were
// decided for this step,
//
//   u_h = Σ_i w_i û_h^(i) / Σ_i w_i,   w_i = exp(−k·i),   i = 0 for the oldest of the (at most c) chunks that reach h
//
// so that k = 0 is the plain mean, and with k > 0 the older decisions weigh more.
// Source: Zhao, Kumar, Levine, Finn, "Learning fine-grained bimanual manipulation with low-cost hardware" (ACT), RSS
// 2023, §IV-A, where k = 0.01. All lanes are in step. A regular value.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace pianola {

class ChunkEnsemble {
 public:
  ChunkEnsemble(std::size_t lanes, std::size_t chunk, std::size_t action_dim, double decay);
  void reset() { decisions_ = 0; }
  /// The chunks of this step, [lanes × chunk × action_dim], and the actions [lanes × action_dim] that are played.
  void play(std::span<const double> decided, std::span<double> actions);

 private:
  std::size_t chunk_, action_dim_;
  std::size_t decisions_ = 0;                // since reset
  std::vector<double> weights_;              // [chunk], w_i
  std::vector<std::vector<double>> chunks_;  // that of decision j at j mod chunk
};

}  // namespace pianola
