// Chunks of the quantized expert q#π* itself: draws the expert's action (or chunk of actions, rolled on a copy of the
// plant: policies/expert_chunk.hpp), and decides q(u) = decode(encode(u)), in double. It needs no law of tokens, so
// every quantizer can be deployed: random ones, moving scales and infinite codebooks too. Where actions are committed,
// the expert plans from where they lead, and the chunk that is quantized begins with them.
#pragma once

#include <cstdint>
#include <vector>

#include "pianola/control/chunk_decider.hpp"
#include "pianola/experts/expert.hpp"
#include "pianola/policies/expert_chunk.hpp"

namespace pianola {

struct ExpertDeciderParts {
  std::shared_ptr<const Expert> expert;
  std::shared_ptr<const Quantizer> quantizer;
};

/// An action of the expert that is not finite decides NaN for its chunk: the lane then diverges.
class ExpertDecider final : public ChunkDecider {
 public:
  ExpertDecider(std::shared_ptr<const ExpertDeciderParts> parts, std::size_t lanes);
  [[nodiscard]] std::unique_ptr<ChunkDecider> clone() const override;
  void reset(const NoiseKey& key) override;
  /// There are no log-probabilities.
  void decide(const Situation& situation, std::span<const double> committed, const ChunkDecision& out) override;

 private:
  void encode(const CodecContext& context, std::span<Token> tokens);

  std::shared_ptr<const ExpertDeciderParts> parts_;
  std::size_t lanes_;
  NoiseKey key_;
  ExpertChunk expert_;
  std::vector<double> memory_;  // of the quantizer
  // Scratch of a decision:
  std::vector<double> raw_, memory_before_;
  std::vector<std::uint8_t> not_finite_;
  std::vector<float> chunks_;
  std::vector<std::uint32_t> lengths_;
};

}  // namespace pianola
