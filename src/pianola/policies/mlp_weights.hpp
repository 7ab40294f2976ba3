// Weights of the MLP policy: observation → hidden layers → one categorical head per token position.
//
//   z = (x − mean) · inverse_std,  y_{l+1} = act(W_l y_l + b_l),  logits = W_L y_L + b_L
//
// The logits of all positions stand one after the other. In policy.safetensors: observation_mean,
// observation_inverse_std, layers.I.weight [out, in], layers.I.bias [out], all F32.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "pianola/base/dense.hpp"
#include "pianola/base/safetensors.hpp"
#include "pianola/data/normalisation.hpp"

namespace pianola {

/// Options of the spec "mlp:…".
struct MlpConfig {
  std::string hidden = "256x2";
  std::string activation = "relu";
  template <class V>
  void visit(V&& v) {
    v("hidden", hidden, "widths of hidden layers: 256x2 (two of 256), 512-256, or none");
    v("activation", activation, "of hidden layers: relu, gelu or tanh");
  }
};

struct DenseLayer {
  std::size_t in = 0, out = 0;
  std::vector<float> weights;  ///< [out × in] row-major
  std::vector<float> bias;     ///< [out]
};

struct MlpWeights {
  Normalisation normalisation;  ///< of histories: [history × observation_dim]
  std::size_t history = 1;
  Activation activation = Activation::relu;  ///< of hidden layers
  std::vector<DenseLayer> layers;            ///< the last one makes the logits
  std::vector<std::uint32_t> vocabularies;   ///< of each position; their sum is layers.back().out
};

/// "256x2" → {256, 256}, "512-256" → {512, 256}, "none" → {}; each 1 … 65,536, at most 64 of them.
/// @throws UsageError naming the text.
std::vector<std::size_t> parse_hidden(const std::string& text);
/// The shortest text that parse_hidden reads back.
std::string format_hidden(const std::vector<std::size_t>& widths);

/// @throws UsageError naming the nearest known one.
Activation mlp_activation(const std::string& name);

/// The spec of these weights, hidden layers always named: "mlp:hidden=256x2".
std::string mlp_spec(const MlpWeights& weights);

/// Tensors and metadata ("activation", "history", "vocabularies").
TensorFile to_tensors(const MlpWeights& weights);
/// @throws DataError naming `where` and the tensor that is missing, of another shape, or not finite.
MlpWeights mlp_weights_from_tensors(const TensorFile& file, const std::string& where);

}  // namespace pianola
