#include "pianola/policies/mlp_policy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cstring>
#include <numeric>
#include <utility>

#include "pianola/base/error.hpp"
#include "pianola/policies/registry.hpp"
#include "pianola/policies/runtime_image.hpp"

namespace pianola {
namespace {

std::size_t logits_of(const std::vector<std::uint32_t>& vocabularies) {
  return std::accumulate(vocabularies.begin(), vocabularies.end(), std::size_t{0});
}

void check(const MlpWeights& weights) {
  const auto fail = [](const std::string& what) {
    throw UsageError("policy 'mlp': " + what + "; load weights that were saved together");
  };
  const std::size_t inputs = weights.normalisation.mean.size();
  if (weights.history == 0 || inputs == 0 || inputs % weights.history != 0 ||
      weights.normalisation.inverse_std.size() != inputs) {
    fail(fmt::format("{} means and {} inverse deviations do not make a history of {} observations", inputs,
                     weights.normalisation.inverse_std.size(), weights.history));
  }
  std::size_t width = inputs;
  for (const DenseLayer& layer : weights.layers) {
    if (layer.in != width || layer.weights.size() != layer.in * layer.out || layer.bias.size() != layer.out) {
      fail(fmt::format("a layer {}→{} with {} weights and {} biases follows {} numbers", layer.in, layer.out,
                       layer.weights.size(), layer.bias.size(), width));
    }
    width = layer.out;
  }
  if (weights.layers.empty() || weights.vocabularies.empty() || logits_of(weights.vocabularies) != width) {
    fail(fmt::format("{} layers end in {} logits, the vocabularies need {}", weights.layers.size(), width,
                     logits_of(weights.vocabularies)));
  }
}

class MlpSession final : public PolicySession {
 public:
  MlpSession(const MlpPolicy& policy, std::size_t lanes)
      : policy_(policy),
        lanes_(lanes),
        width_(logits_of(policy.info().vocabularies)),
        scratch_(policy.scratch(lanes)),
        logits_(lanes * width_),
        rows_(lanes),
        next_rows_(lanes) {}

  void begin(const Situation&, std::span<const float> histories) override {
    policy_.logits(histories, scratch_, logits_);
    std::iota(rows_.begin(), rows_.end(), 0U);
    position_ = first_ = 0;
  }

  void logits(std::span<const Token>, std::span<float> out) override {
    assert(position_ < policy_.info().vocabularies.size());
    const std::size_t vocabulary = policy_.info().vocabularies[position_];
    assert(out.size() == lanes_ * vocabulary);
    for (std::size_t lane = 0; lane < lanes_; ++lane) {
      const float* row = &logits_[rows_[lane] * width_ + first_];
      std::copy(row, row + vocabulary, out.begin() + static_cast<std::ptrdiff_t>(lane * vocabulary));
    }
    first_ += vocabulary;
    ++position_;
  }

  [[nodiscard]] bool can_branch() const override { return true; }
  void branch(std::span<const std::uint32_t> from) override {
    std::ranges::transform(from, next_rows_.begin(), [this](std::uint32_t lane) { return rows_[lane]; });
    std::swap(rows_, next_rows_);
  }

 private:
  const MlpPolicy& policy_;
  std::size_t lanes_, width_;
  MlpPolicy::Scratch scratch_;
  std::vector<float> logits_;                    // [lanes × width]
  std::vector<std::uint32_t> rows_, next_rows_;  // [lanes], whose logits a lane goes on with
  std::size_t position_ = 0, first_ = 0;
};

std::shared_ptr<const Policy> load(const TensorFile& file, const std::string& where) {
  return std::make_shared<MlpPolicy>(mlp_weights_from_tensors(file, where));
}

AlignedBytes make_image(const TensorFile& file, const std::string& where, WeightFormat format,
                        const Quantizer& quantizer) {
  if (format != WeightFormat::float32) {
    throw UsageError(
        "policy 'mlp': its image holds float32 weights only; export it with --weights fp32, or train a "
        "transformer, whose images hold bf16 and int8 too");
  }
  return make_runtime_image(mlp_weights_from_tensors(file, where), quantizer);
}

}  // namespace

PolicyEntry policy_entry_mlp() {
  return {"mlp", "observation → hidden layers → one categorical head per token position", describe_options<MlpConfig>(),
          &load, &make_image};
}

MlpPolicy::MlpPolicy(const MlpWeights& weights) : normalisation_(weights.normalisation) {
  check(weights);
  info_.spec = mlp_spec(weights);
  info_.observation_dim = weights.normalisation.mean.size() / weights.history;
  info_.history = weights.history;
  info_.vocabularies = weights.vocabularies;
  info_.factored = true;
  for (const DenseLayer& layer : weights.layers) {
    const bool last = &layer == &weights.layers.back();
    PackedLayer packed{layer.in, layer.out, last ? Activation::none : weights.activation, {}};
    packed.packed.resize(packed_dense_size(layer.in, layer.out));
    pack_dense(layer.weights, layer.bias, layer.in, layer.out, packed.packed);
    layers_.push_back(std::move(packed));
  }
}

std::unique_ptr<PolicySession> MlpPolicy::session(std::size_t lanes) const {
  return std::make_unique<MlpSession>(*this, lanes);
}

MlpPolicy::Scratch MlpPolicy::scratch(std::size_t n) const {
  std::size_t widest = 0;
  for (std::size_t i = 0; i + 1 < layers_.size(); ++i) widest = std::max(widest, layers_[i].out);
  return {std::vector<float>(n * layers_.front().in), std::vector<float>(n * widest), std::vector<float>(n * widest)};
}

void MlpPolicy::logits(std::span<const float> inputs, Scratch& scratch, std::span<float> out) const {
  const std::size_t width = layers_.front().in, n = inputs.size() / width;
  assert(inputs.size() == n * width && scratch.normalised.size() >= inputs.size() &&
         out.size() == n * layers_.back().out);
  for (std::size_t first = 0; first < n * width; first += width) {
    for (std::size_t i = 0; i < width; ++i) {
      scratch.normalised[first + i] = (inputs[first + i] - normalisation_.mean[i]) * normalisation_.inverse_std[i];
    }
  }
  const float* x = scratch.normalised.data();
  for (const PackedLayer& layer : layers_) {
    float* y = &layer == &layers_.back() ? out.data() : scratch.front.data();
    dense(layer.packed.data(), layer.in, layer.out, layer.activation, x, n, y);
    x = y;
    std::swap(scratch.front, scratch.back);
  }
}

}  // namespace pianola
