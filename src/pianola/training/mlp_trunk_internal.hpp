// The perceptron of policies/mlp_weights.hpp as a function of its parameters: y_{l+1} = act(W_l y_l + b_l), the last
// layer without activation. First values as PyTorch's nn.Linear: W and b uniform in ±1/√in.
#pragma once

#include <vector>

#include "pianola/policies/mlp_weights.hpp"
#include "pianola/training/network_internal.hpp"

namespace pianola {

class MlpTrunk {
 public:
  /// @throws UsageError for hidden layers or an activation that there are not.
  MlpTrunk(const MlpConfig& config, std::size_t inputs, std::size_t outputs);
  [[nodiscard]] const std::vector<ParameterSpec>& parameters() const { return parameters_; }
  /// Layers and activation, without numbers.
  [[nodiscard]] const MlpWeights& description() const { return description_; }
  /// x: […, inputs] → […, outputs].
  [[nodiscard]] torch::Tensor run(const std::vector<torch::Tensor>& p, const torch::Tensor& x) const;

 private:
  std::vector<ParameterSpec> parameters_;
  MlpWeights description_;
};

}  // namespace pianola
