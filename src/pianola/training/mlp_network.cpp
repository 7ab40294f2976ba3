// logits = W_L y_L + b_L of all positions at once: the network of policies/mlp_policy.hpp, to be trained.
#include <numeric>

#include "pianola/training/mlp_trunk_internal.hpp"
#include "pianola/training/token_network_internal.hpp"

namespace pianola {
namespace {

std::size_t logits_of(const NetworkShape& shape) {
  return std::accumulate(shape.vocabularies.begin(), shape.vocabularies.end(), std::size_t{0});
}

class MlpNetwork final : public TokenNetwork {
 public:
  MlpNetwork(const MlpConfig& config, const NetworkShape& shape)
      : TokenNetwork(shape.vocabularies), trunk_(config, shape.inputs, logits_of(shape)) {
    require_fixed_length("mlp", shape);
    require_observations("mlp", shape);
    MlpWeights description = trunk_.description();
    description.history = shape.history;
    description.vocabularies = shape.vocabularies;
    spec_ = mlp_spec(description);
    description.layers.clear();
    metadata_ = to_tensors(description).metadata;
  }

  [[nodiscard]] const std::string& spec() const override { return spec_; }
  [[nodiscard]] const std::vector<ParameterSpec>& parameters() const override { return trunk_.parameters(); }
  [[nodiscard]] std::map<std::string, std::string> metadata() const override { return metadata_; }

  [[nodiscard]] torch::Tensor outputs(const std::vector<torch::Tensor>& p, const TrainingBatch& batch) const override {
    return trunk_.run(p, batch.inputs);
  }

 private:
  MlpTrunk trunk_;
  std::string spec_;
  std::map<std::string, std::string> metadata_;
};

std::unique_ptr<Network> make(const Spec& spec, const NetworkShape& shape) {
  return std::make_unique<MlpNetwork>(read_options<MlpConfig>(spec, "policy 'mlp'"), shape);
}

}  // namespace

NetworkEntry network_entry_mlp() { return {"mlp", &make}; }

}  // namespace pianola
