// y_{l+1} = act(W_l y_l + b_l), logits = W_L y_L + b_L: the network of policies/mlp_policy.hpp, to be trained.
// First values as PyTorch's nn.Linear: W and b uniform in ±1/√in.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "pianola/policies/mlp_weights.hpp"
#include "pianola/training/network_internal.hpp"

namespace pianola {
namespace {

class MlpNetwork final : public Network {
 public:
  MlpNetwork(const MlpConfig& config, const NetworkShape& shape) : activation_(mlp_activation(config.activation)) {
    std::vector<std::size_t> widths = parse_hidden(config.hidden);
    widths.insert(widths.begin(), shape.inputs);
    widths.push_back(std::accumulate(shape.vocabularies.begin(), shape.vocabularies.end(), std::size_t{0}));
    MlpWeights description;  // without numbers
    description.activation = activation_;
    description.history = shape.history;
    description.vocabularies = shape.vocabularies;
    metadata_ = to_tensors(description).metadata;
    for (std::size_t l = 0; l + 1 < widths.size(); ++l) {
      description.layers.push_back({widths[l], widths[l + 1], {}, {}});
      const auto in = static_cast<std::int64_t>(widths[l]), out = static_cast<std::int64_t>(widths[l + 1]);
      const double bound = 1.0 / std::sqrt(static_cast<double>(in));
      const std::string name = "layers." + std::to_string(l);
      parameters_.push_back({name + ".weight", {out, in}, bound});
      parameters_.push_back({name + ".bias", {out}, bound});
    }
    spec_ = mlp_spec(description);
  }

  [[nodiscard]] const std::string& spec() const override { return spec_; }
  [[nodiscard]] const std::vector<ParameterSpec>& parameters() const override { return parameters_; }
  [[nodiscard]] std::map<std::string, std::string> metadata() const override { return metadata_; }

  [[nodiscard]] torch::Tensor logits(const std::vector<torch::Tensor>& p, const torch::Tensor& inputs,
                                     const torch::Tensor&) const override {
    torch::Tensor y = torch::linear(inputs, p[0], p[1]);
    for (std::size_t l = 2; l < p.size(); l += 2) y = torch::linear(activate(y), p[l], p[l + 1]);
    return y;
  }

 private:
  [[nodiscard]] torch::Tensor activate(const torch::Tensor& y) const {
    switch (activation_) {
      case Activation::gelu:
        return torch::gelu(y);
      case Activation::tanh:
        return torch::tanh(y);
      default:
        return torch::relu(y);
    }
  }

  Activation activation_;
  std::string spec_;
  std::vector<ParameterSpec> parameters_;
  std::map<std::string, std::string> metadata_;
};

std::unique_ptr<Network> make(const Spec& spec, const NetworkShape& shape) {
  return std::make_unique<MlpNetwork>(read_options<MlpConfig>(spec, "policy 'mlp'"), shape);
}

}  // namespace

NetworkEntry network_entry_mlp() { return {"mlp", &make}; }

}  // namespace pianola
