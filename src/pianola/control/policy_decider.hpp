// Chunks from a policy: observes every step, and decides from the last k observations
//
//   ũ ~ π̂(· | x_{h−k+1..h}),   actions decode(ũ)_1 … decode(ũ)_c
//
// The observations before the first are taken to equal it.
#pragma once

#include <vector>

#include "pianola/control/chunk_decider.hpp"
#include "pianola/policies/policy.hpp"

namespace pianola {

struct PolicyDeciderParts {
  std::shared_ptr<const Policy> policy;
  std::shared_ptr<const Quantizer> quantizer;
  DecodeOptions options;
};

class PolicyDecider final : public ChunkDecider {
 public:
  /// @throws UsageError as Decoder.
  PolicyDecider(std::shared_ptr<const PolicyDeciderParts> parts, std::size_t lanes);
  [[nodiscard]] std::unique_ptr<ChunkDecider> clone() const override;
  void reset(const NoiseKey& key) override;
  void observe(std::span<const double> observations) override;
  void decide(const Situation& situation, const ChunkDecision& out) override;

 private:
  std::shared_ptr<const PolicyDeciderParts> parts_;
  std::size_t lanes_;
  NoiseKey key_;
  Decoder decoder_;
  bool fresh_ = true;             // nothing observed since reset
  std::vector<double> memory_;    // of the quantizer
  std::vector<float> histories_;  // [lanes × history × observation_dim], the oldest first
};

}  // namespace pianola
