// Chunks from a policy whose law is over actions (policies/action_policy.hpp): observes every step, decides from the
// last k observations. The observations before the first are taken to equal it.
#pragma once

#include <vector>

#include "pianola/control/chunk_decider.hpp"
#include "pianola/control/history.hpp"
#include "pianola/policies/action_policy.hpp"

namespace pianola {

struct ActionDeciderParts {
  std::shared_ptr<const ActionPolicy> policy;
  DecodeOptions options;
};

class ActionDecider final : public ChunkDecider {
 public:
  /// @throws UsageError if the temperature is not positive and finite, or an option is for tokens.
  ActionDecider(std::shared_ptr<const ActionDeciderParts> parts, std::size_t lanes);
  [[nodiscard]] std::unique_ptr<ChunkDecider> clone() const override;
  void reset(const NoiseKey& key) override;
  void observe(std::span<const double> observations) override { history_.observe(observations); }
  /// There are no tokens and no log-probabilities: those of `out` are empty. Committed actions are not looked at: the
  /// rest of the chunk is decided freely.
  void decide(const Situation& situation, std::span<const double> committed, const ChunkDecision& out) override;

 private:
  std::shared_ptr<const ActionDeciderParts> parts_;
  std::size_t lanes_;
  NoiseKey key_;
  std::unique_ptr<ActionSession> session_;
  ObservationHistory history_;
};

}  // namespace pianola
