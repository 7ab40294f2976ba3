// The autoregressive transformer over action tokens, to be trained: policies/transformer_weights.hpp.
//
// With a context of tokens each place of a window is a target, read where it stands; deployed, the last one is.
#include <algorithm>
#include <span>
#include <utility>

#include "pianola/training/token_network_internal.hpp"
#include "pianola/training/transformer_trunk_internal.hpp"

namespace pianola {
namespace {

constexpr const char* kWho = "policy 'transformer'";

std::vector<std::uint32_t> row_vocabularies(const NetworkShape& shape) {
  if (shape.context == 0) return shape.vocabularies;
  return std::vector<std::uint32_t>(shape.context, shape.vocabularies.front());
}

class TransformerNetwork final : public TokenNetwork {
 public:
  TransformerNetwork(const TransformerConfig& config, const NetworkShape& shape)
      : TokenNetwork(row_vocabularies(shape)),
        tokens_in_(shape.context > 0),
        tied_(config.tied),
        history_(static_cast<std::int64_t>(shape.history)),
        vocabularies_(row_vocabularies(shape)),
        size_(transformer_shape(config, kWho)) {
    const auto width = static_cast<std::int64_t>(size_.width),
               largest = std::int64_t{*std::ranges::max_element(vocabularies_)};
    if (!tokens_in_)
      observation_ = parameters_.add_affine("observation", width, static_cast<std::int64_t>(shape.inputs) / history_);
    token_ = parameters_.add_vectors("token", largest, width, tied_);
    const std::int64_t predicted = tokens_in_ ? 0 : static_cast<std::int64_t>(vocabularies_.size()) - 1;
    position_ = parameters_.add_vectors("position", history_ + predicted, width);
    trunk_.emplace(size_, parameters_);
    head_ = tied_ ? token_ : parameters_.add_affine("head", largest, width);
    head_bias_ = tied_ ? parameters_.add_bias("head", largest) : head_ + 1;
    TransformerWeights kind;
    kind.tied = tied_;
    kind.input = tokens_in_ ? TransformerInput::tokens : TransformerInput::observations;
    description_ = describe_transformer(std::move(kind), size_, shape);
  }

  [[nodiscard]] const std::string& spec() const override { return description_.spec; }
  [[nodiscard]] const std::vector<ParameterSpec>& parameters() const override { return parameters_.specs(); }
  [[nodiscard]] std::map<std::string, std::string> metadata() const override { return description_.metadata; }
  [[nodiscard]] bool autoregressive() const override { return true; }

  [[nodiscard]] torch::Tensor outputs(const std::vector<torch::Tensor>& p, const TrainingBatch& batch) const override {
    const torch::Tensor seen = tokens_in_ ? embed(p, batch.inputs) : places(p, batch);
    const torch::Tensor x = trunk_->blocks(p, seen + p[position_].narrow(0, 0, seen.size(1)), true);
    const torch::Tensor read = tokens_in_ ? x : x.narrow(1, history_ - 1, x.size(1) - history_ + 1);
    return join_positions(torch::linear(trunk_->norm(p, read), p[head_], p[head_bias_]),
                          std::span(vocabularies_).first(static_cast<std::size_t>(read.size(1))));
  }

 private:
  [[nodiscard]] torch::Tensor embed(const std::vector<torch::Tensor>& p, const torch::Tensor& tokens) const {
    return torch::embedding(p[token_], tokens);
  }

  /// Observations, then the tokens but the last: [n × places × width].
  [[nodiscard]] torch::Tensor places(const std::vector<torch::Tensor>& p, const TrainingBatch& batch) const {
    const torch::Tensor seen =
        torch::linear(batch.inputs.view({batch.inputs.size(0), history_, -1}), p[observation_], p[observation_ + 1]);
    const std::int64_t before = batch.tokens.size(1) - 1;
    if (before == 0) return seen;
    return torch::cat({seen, embed(p, batch.tokens.narrow(1, 0, before))}, 1);
  }

  bool tokens_in_, tied_;
  std::int64_t history_;
  std::vector<std::uint32_t> vocabularies_;  // of the positions of a row
  TransformerShape size_;
  TransformerParameters parameters_;
  std::optional<TransformerTrunk> trunk_;
  std::size_t observation_ = 0, token_ = 0, position_ = 0, head_ = 0, head_bias_ = 0;
  TransformerDescription description_;
};

std::unique_ptr<Network> make(const Spec& spec, const NetworkShape& shape) {
  return std::make_unique<TransformerNetwork>(read_options<TransformerConfig>(spec, kWho), shape);
}

}  // namespace

NetworkEntry network_entry_transformer() { return {"transformer", &make}; }

}  // namespace pianola
