// The MLP policy without LibTorch: all positions' logits from one pass, independent of each other given the
// observation.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "pianola/policies/aligned_bytes.hpp"
#include "pianola/policies/mlp_weights.hpp"
#include "pianola/policies/policy.hpp"

namespace pianola {

class MlpPolicy final : public Policy {
 public:
  /// Packs the weights. @throws UsageError if layers, normalisation and vocabularies do not fit together.
  explicit MlpPolicy(const MlpWeights& weights);
  [[nodiscard]] const PolicyInfo& info() const override { return info_; }
  /// The session keeps a reference to the policy and holds all scratch: acting does not allocate.
  [[nodiscard]] std::unique_ptr<PolicySession> session(std::size_t lanes) const override;

  /// Logits of all positions, one after the other. inputs: [n × history × observation_dim], observation units; they are
  /// normalised into scratch. out: [n × Σ vocabularies].
  struct Scratch {
    std::vector<float> normalised, front, back;
  };
  [[nodiscard]] Scratch scratch(std::size_t n) const;
  void logits(std::span<const float> inputs, Scratch& scratch, std::span<float> out) const;

 private:
  struct PackedLayer {
    std::size_t in, out;
    Activation activation;
    std::vector<float, AlignedAllocator<float>> packed;
  };
  PolicyInfo info_;
  Normalisation normalisation_;
  std::vector<PackedLayer> layers_;
};

}  // namespace pianola
