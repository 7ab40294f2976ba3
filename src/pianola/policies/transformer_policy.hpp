// The policies `transformer` (one token after the other, each seeing those before it) and `parallel` (all positions at
// once) without LibTorch.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "pianola/policies/aligned_bytes.hpp"
#include "pianola/policies/policy.hpp"
#include "pianola/policies/transformer_core.hpp"
#include "pianola/policies/transformer_weights.hpp"

namespace pianola {

/// Sizes of these weights when they are packed in this format.
transformer::Dimensions transformer_dimensions(const TransformerWeights& weights, WeightFormat format);

/// The weights of products as transformer::pack writes them. @throws UsageError as check_transformer.
AlignedBytes pack_transformer(const TransformerWeights& weights, WeightFormat format);

class TransformerPolicy final : public Policy {
 public:
  /// Packs the weights. @throws UsageError if they do not fit together (check_transformer).
  explicit TransformerPolicy(const TransformerWeights& weights, WeightFormat format = WeightFormat::float32);
  TransformerPolicy(const TransformerPolicy&) = delete;
  TransformerPolicy& operator=(const TransformerPolicy&) = delete;

  /// With tokens as input a history is [history × 1] token numbers, the newest last; negative numbers before the first
  /// token say that there was none yet.
  [[nodiscard]] const PolicyInfo& info() const override { return info_; }
  /// The session keeps a reference to the policy, and holds the cache of keys and values: acting does not allocate.
  [[nodiscard]] std::unique_ptr<PolicySession> session(std::size_t lanes) const override;
  [[nodiscard]] const transformer::Weights& weights() const { return view_; }

 private:
  PolicyInfo info_;
  Normalisation normalisation_;
  std::vector<float> token_, position_;
  AlignedBytes packed_;
  transformer::Weights view_;
};

}  // namespace pianola
