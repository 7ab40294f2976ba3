// The expert's next c actions, seen from one moment, where only the first one can be observed:
//
//   u_1 = π*(x),   x_{k+1} = f(x_k, u_k, ω'_k),   u_{k+1} = π*(x_{k+1}),   k < c
//
// on a saved copy of the plant, with noise ω' of stream "plan" in place of the plant's own: whoever plans does not know
// what noise will come. The expert keeps its own stream, so that on a deterministic plant a stochastic expert is
// replayed exactly. Actions that are committed already (a controller with latency) come first: the copy is rolled under
// them, and the expert goes on from where they lead. A lane that ends within the plan freezes there, as in every
// rollout, and the expert acts on the frozen state.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "pianola/base/random.hpp"
#include "pianola/experts/expert.hpp"
#include "pianola/systems/system.hpp"

namespace pianola {

/// Ends (`diverged`) every running lane whose action is not finite, before a simulation sees it.
/// actions: [lanes × dim], outcomes: [lanes].
void diverge_where_not_finite(std::span<const double> actions, std::span<Outcome> outcomes);

/// Replaces each row of `actions` [n × …] that holds a non-finite number by zeros, since quantizers accept finite
/// actions only, and says where: replaced, [n], is 1 there and else 0.
void make_finite(std::span<double> actions, std::span<std::uint8_t> replaced);

/// One thread's workspace for expert chunks of `lanes` trajectories.
class ExpertChunk {
 public:
  /// Keeps a reference to the expert.
  ExpertChunk(const Expert& expert, std::size_t chunk, std::size_t lanes);
  ~ExpertChunk();

  /// actions: [lanes × chunk × action_dim], raw (not clipped, not quantized). committed: [lanes × d × action_dim], d <
  /// chunk, the first d of them; empty for none.
  /// Cost: chunk expert calls, chunk − 1 steps of the copy; allocates in the first call only.
  /// @throws UsageError if chunk > 1 and the situation has no plant to copy.
  void plan(const NoiseKey& key, const Situation& situation, std::span<double> actions,
            std::span<const double> committed = {});

 private:
  void choose(std::size_t k, const NoiseKey& key, const Situation& situation, std::span<const double> committed);
  void copy_plant(const NoiseKey& key, const Situation& situation);
  void place(std::size_t k, std::span<double> actions) const;

  const Expert& expert_;
  std::size_t chunk_, lanes_;
  std::unique_ptr<Simulation> copy_;
  NoiseKey key_;
  std::vector<std::uint64_t> ids_;
  std::vector<std::uint32_t> h_;
  std::vector<double> saved_, observations_, rewards_, step_actions_;
  std::vector<Outcome> outcomes_;
};

}  // namespace pianola
