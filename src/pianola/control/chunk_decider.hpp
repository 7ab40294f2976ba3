// Whoever decides chunks of actions from what is seen: a policy (policy_decider.hpp) or the quantized expert itself
// (expert_decider.hpp). When chunks are asked for, and which of their actions are played, is the player's affair
// (chunk_player.hpp).
#pragma once

#include <memory>
#include <span>

#include "pianola/base/random.hpp"
#include "pianola/quantizers/quantizer.hpp"
#include "pianola/systems/system.hpp"

namespace pianola {

/// One chunk a lane. Tokens and log-probabilities may be empty: then nobody asks.
struct ChunkDecision {
  std::span<double> actions;           ///< [lanes × chunk × action_dim]
  std::span<Token> tokens;             ///< [lanes × max_tokens]
  std::span<float> log_probabilities;  ///< [lanes × max_tokens], nats; empty where there are none
};

/// One thread's, for a number of lanes fixed when it was made.
class ChunkDecider {
 public:
  virtual ~ChunkDecider() = default;
  /// Memory included.
  [[nodiscard]] virtual std::unique_ptr<ChunkDecider> clone() const = 0;
  virtual void reset(const NoiseKey& key) = 0;
  /// Every step, before that step's decide(), if there is one. observations: [lanes × observation_dim].
  virtual void observe(std::span<const double> observations) { static_cast<void>(observations); }
  /// Fills `out`, and advances the quantizer's memory by this chunk. committed: [lanes × d × action_dim], the chunk's
  /// first d actions, which are played whatever is decided; always the same d < chunk. What `out` has in their place is
  /// not read. Cost: no allocation once every buffer was used.
  virtual void decide(const Situation& situation, std::span<const double> committed, const ChunkDecision& out) = 0;
};

}  // namespace pianola
