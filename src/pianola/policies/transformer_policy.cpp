#include "pianola/policies/transformer_policy.hpp"

#include <algorithm>
#include <cassert>

#include "pianola/base/error.hpp"
#include "pianola/policies/registry.hpp"
#include "pianola/policies/runtime_image.hpp"

namespace pianola {
namespace {

transformer::Plain plain(const TransformerWeights::Affine& product, const TransformerWeights::Affine* norm = nullptr) {
  if (norm == nullptr) return {product.weight, product.bias, {}, {}};
  return {product.weight, product.bias, norm->weight, norm->bias};
}

std::vector<transformer::PlainBlock> plain_blocks(const TransformerWeights& weights) {
  std::vector<transformer::PlainBlock> blocks;
  blocks.reserve(weights.blocks.size());
  for (const auto& block : weights.blocks) {
    blocks.push_back({plain(block.attention, &block.attention_norm), plain(block.projection),
                      plain(block.up, &block.mlp_norm), plain(block.down)});
  }
  return blocks;
}

class TransformerSession final : public PolicySession {
 public:
  TransformerSession(const TransformerPolicy& policy, std::size_t lanes)
      : info_(policy.info()),
        weights_(policy.weights()),
        lanes_(lanes),
        memory_(transformer::Workspace::size(policy.weights().dimensions, lanes)),
        workspace_(policy.weights().dimensions, lanes, memory_.data()),
        forward_(policy.weights(), workspace_) {}

  void begin(const Situation&, std::span<const float> histories) override {
    assert(histories.size() == lanes_ * info_.history * info_.observation_dim);
    forward_.begin(histories.data());
    position_ = 0;
  }

  void logits(std::span<const Token> previous, std::span<float> out) override {
    assert(position_ < info_.vocabularies.size() && out.size() == lanes_ * info_.vocabularies[position_]);
    if (position_ > 0) forward_.advance(position_, previous.data());
    forward_.head(position_, info_.vocabularies[position_], out.data());
    ++position_;
  }

  [[nodiscard]] bool can_branch() const override { return true; }
  void branch(std::span<const std::uint32_t> from) override {
    spare_.resize(transformer::Workspace::sequence_size(weights_.dimensions) * lanes_);
    forward_.branch(from.data(), spare_.data());
  }

 private:
  const PolicyInfo& info_;
  const transformer::Weights& weights_;
  std::size_t lanes_;
  AlignedFloats memory_, spare_;  // spare_: what branch() moves, from its first call on
  transformer::Workspace workspace_;
  transformer::Forward forward_;
  std::size_t position_ = 0;
};

std::shared_ptr<const Policy> load(const TensorFile& file, const std::string& where) {
  return std::make_shared<TransformerPolicy>(transformer_weights_from_tensors(file, where));
}

AlignedBytes make_image(const TensorFile& file, const std::string& where, WeightFormat format,
                        const Quantizer& quantizer) {
  return make_runtime_image(transformer_weights_from_tensors(file, where), format, quantizer);
}

}  // namespace

PolicyEntry policy_entry_transformer() {
  return {"transformer", "each token sees the observations and the tokens before it",
          describe_options<TransformerConfig>(), &load, &make_image};
}

PolicyEntry policy_entry_parallel() {
  return {"parallel", "the transformer's ablation: all tokens at once, independent given the observations",
          describe_options<ParallelConfig>(), &load, &make_image};
}

transformer::Dimensions transformer_dimensions(const TransformerWeights& weights, WeightFormat format) {
  transformer::Dimensions d;
  d.observation_dim = weights.observation_dim;
  d.history = weights.history;
  d.width = weights.width;
  d.heads = weights.heads;
  d.blocks = weights.blocks.size();
  d.positions = weights.vocabularies.size();
  d.largest_vocabulary = weights.largest_vocabulary();
  d.parallel = weights.parallel;
  d.token_input = weights.input == TransformerInput::tokens;
  d.format = format;
  return d;
}

AlignedBytes pack_transformer(const TransformerWeights& weights, WeightFormat format) {
  check_transformer(weights);
  const transformer::Dimensions d = transformer_dimensions(weights, format);
  const std::vector<transformer::PlainBlock> blocks = plain_blocks(weights);
  transformer::PlainWeights parts{plain(weights.observation), blocks, plain(weights.head, &weights.norm)};
  if (weights.tied) parts.head.weight = weights.token;
  std::vector<float> scratch(transformer::pack_scratch_size(d));
  AlignedBytes packed(transformer::packed_size(d));
  transformer::pack(d, parts, scratch, packed);
  return packed;
}

TransformerPolicy::TransformerPolicy(const TransformerWeights& weights, WeightFormat format)
    : normalisation_(weights.normalisation),
      token_(weights.token),
      position_(weights.position),
      packed_(pack_transformer(weights, format)) {
  info_.spec = transformer_spec(weights);
  info_.observation_dim = weights.observation_dim;
  info_.history = weights.history;
  info_.vocabularies = weights.vocabularies;
  info_.factored = weights.parallel;
  info_.sees_tokens = weights.input == TransformerInput::tokens;
  view_ = {transformer_dimensions(weights, format),
           normalisation_.mean.data(),
           normalisation_.inverse_std.data(),
           token_.data(),
           position_.data(),
           packed_.data()};
}

std::unique_ptr<PolicySession> TransformerPolicy::session(std::size_t lanes) const {
  return std::make_unique<TransformerSession>(*this, lanes);
}

}  // namespace pianola
