// Chunks from a policy: observes every step, and decides from the last k observations
//
//   ũ ~ π̂(· | x_{h−k+1..h}),   actions decode(ũ)_1 … decode(ũ)_c
//
// What stands before the first observation: control/history.hpp. Where the chunk's first d actions are committed:
//
// * tokens that each stand for one number (Quantizer::levels at every position) are forced to those of the committed
//   actions, and the rest is the policy's law given them (policies/forced_policy.hpp): exact where they come first;
// * tokens that stand for more (FAST, BEAST, codebooks of chunks) do not say which actions they decide: the chunk is
//   decoded freely and its first d actions are replaced, a projection that leaves a seam.
//
// Where tokens move a memory that the policy sees (quantizers/observed_memory.hpp), every observation is followed by
// the features of the memory at that step: what it was trained on, as long as chunks are played whole.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "pianola/control/chunk_decider.hpp"
#include "pianola/control/history.hpp"
#include "pianola/policies/forced_policy.hpp"
#include "pianola/policies/policy.hpp"
#include "pianola/quantizers/observed_memory.hpp"

namespace pianola {

struct PolicyDeciderParts {
  std::shared_ptr<const Policy> policy;
  std::shared_ptr<const Quantizer> quantizer;
  DecodeOptions options;
  std::size_t committed = 0;  ///< d, actions of a chunk that are committed when it is decided
};

class PolicyDecider final : public ChunkDecider {
 public:
  /// @throws UsageError as Decoder.
  PolicyDecider(std::shared_ptr<const PolicyDeciderParts> parts, std::size_t lanes);
  [[nodiscard]] std::unique_ptr<ChunkDecider> clone() const override;
  void reset(const NoiseKey& key) override;
  void observe(std::span<const double> observations) override;
  void decide(const Situation& situation, std::span<const double> committed, const ChunkDecision& out) override;

 private:
  void force(const Situation& situation, std::span<const double> committed);

  std::shared_ptr<const PolicyDeciderParts> parts_;
  std::size_t lanes_;
  NoiseKey key_;
  std::shared_ptr<ForcedTokens> forced_;  // null: none are
  std::shared_ptr<const Policy> policy_;  // with forced tokens, or as it is
  Decoder decoder_;
  std::vector<double> memory_;       // of the quantizer
  const ObservedMemory* remembers_;  // null: the policy sees none of it
  std::size_t features_;             // of the memory, a lane
  std::vector<double> seen_;         // [lanes × (observations + features)], where there are such
  ObservationHistory history_;
  // Scratch of a decision with committed actions:
  std::vector<float> chunks_;
  std::vector<double> memory_before_;
  std::vector<std::uint32_t> lengths_;
};

}  // namespace pianola
