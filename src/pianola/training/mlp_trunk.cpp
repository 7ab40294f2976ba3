#include <cmath>
#include <string>

#include "pianola/training/mlp_trunk_internal.hpp"

namespace pianola {
namespace {

torch::Tensor activate(Activation activation, const torch::Tensor& y) {
  switch (activation) {
    case Activation::gelu:
      return torch::gelu(y);
    case Activation::tanh:
      return torch::tanh(y);
    default:
      return torch::relu(y);
  }
}

}  // namespace

MlpTrunk::MlpTrunk(const MlpConfig& config, std::size_t inputs, std::size_t outputs) {
  description_.activation = mlp_activation(config.activation);
  std::vector<std::size_t> widths = parse_hidden(config.hidden);
  widths.insert(widths.begin(), inputs);
  widths.push_back(outputs);
  for (std::size_t l = 0; l + 1 < widths.size(); ++l) {
    description_.layers.push_back({widths[l], widths[l + 1], {}, {}});
    const auto in = static_cast<std::int64_t>(widths[l]), out = static_cast<std::int64_t>(widths[l + 1]);
    const FirstValues first{.scale = 1.0 / std::sqrt(static_cast<double>(in))};
    const std::string name = "layers." + std::to_string(l);
    parameters_.push_back({name + ".weight", {out, in}, first});
    parameters_.push_back({name + ".bias", {out}, first});
  }
}

torch::Tensor MlpTrunk::run(const std::vector<torch::Tensor>& p, const torch::Tensor& x) const {
  torch::Tensor y = torch::linear(x, p[0], p[1]);
  for (std::size_t l = 2; l < p.size(); l += 2) {
    y = torch::linear(activate(description_.activation, y), p[l], p[l + 1]);
  }
  return y;
}

}  // namespace pianola
