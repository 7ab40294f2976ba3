// Log-loss of a policy on demonstrations: what fewer bits of its weights cost.
//
//   −(1/n) Σ log P(tokens of the chunk at step h | the last k observations),   in nats an action (divided by the chunk)
//
// over every step of every trajectory with a whole chunk ahead, as training has it: the observations before the first
// are taken to equal it, a sequence counts up to its length, and no grammar is applied.
#pragma once

#include <cstddef>

#include "pianola/data/dataset.hpp"
#include "pianola/policies/policy.hpp"

namespace pianola {

struct PolicyLogLoss {
  double nats_per_action = 0.0;  ///< +∞ if a token of the data has probability 0
  std::size_t chunks = 0;
};

/// At most `most` chunks, drawn from all without replacement; 0: all. key: of that draw, and of schemes that draw noise
/// when they encode.
/// @throws UsageError if policy, quantizer and dataset do not fit together, or the quantizer has a moving scale;
/// DataError if no trajectory is as long as a chunk.
PolicyLogLoss policy_log_loss(const Policy& policy, const Quantizer& quantizer, const Dataset& dataset,
                              const NoiseKey& key, std::size_t most = 0);

}  // namespace pianola
