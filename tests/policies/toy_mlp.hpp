// MLP weights of any shape from random numbers, and their logits computed slowly.
#pragma once

#include <span>
#include <vector>

#include "pianola/base/random.hpp"
#include "pianola/policies/mlp_weights.hpp"

namespace pianola::toy_mlp {

struct Shape {
  std::size_t observation_dim = 3, history = 1;
  std::vector<std::size_t> hidden{8, 5};
  std::vector<std::uint32_t> vocabularies{4, 2, 1};
  Activation activation = Activation::relu;
};

inline std::vector<float> numbers(const NoiseKey& key, std::size_t count, double scale) {
  std::vector<double> normal_values(count);
  normals(key, 0, 0, normal_values);
  std::vector<float> out;
  for (const double x : normal_values) out.push_back(static_cast<float>(scale * x));
  return out;
}

inline MlpWeights random_weights(const Shape& shape, std::uint64_t seed = 1) {
  const NoiseKey key(seed);
  MlpWeights weights;
  weights.history = shape.history;
  weights.activation = shape.activation;
  weights.vocabularies = shape.vocabularies;
  std::size_t in = shape.observation_dim * shape.history, logits = 0;
  weights.normalisation.mean = numbers(key.child("mean"), in, 1.0);
  weights.normalisation.inverse_std.assign(in, 0.7F);
  for (const std::uint32_t vocabulary : shape.vocabularies) logits += vocabulary;
  std::vector<std::size_t> widths = shape.hidden;
  widths.push_back(logits);
  for (std::size_t l = 0; l < widths.size(); ++l) {
    DenseLayer layer{in, widths[l], numbers(key.child("weight", l), in * widths[l], 0.5),
                     numbers(key.child("bias", l), widths[l], 0.5)};
    weights.layers.push_back(layer);
    in = widths[l];
  }
  return weights;
}

/// Logits of all positions for n inputs, layer by layer in double.
inline std::vector<float> reference_logits(const MlpWeights& weights, std::span<const float> inputs) {
  const std::size_t width = weights.normalisation.mean.size(), n = inputs.size() / width;
  std::vector<float> x(inputs.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    x[i] = (inputs[i] - weights.normalisation.mean[i % width]) * weights.normalisation.inverse_std[i % width];
  }
  for (std::size_t l = 0; l < weights.layers.size(); ++l) {
    const DenseLayer& layer = weights.layers[l];
    std::vector<float> y(n * layer.out);
    const Activation activation = l + 1 < weights.layers.size() ? weights.activation : Activation::none;
    dense_reference(layer.weights, layer.bias, layer.in, layer.out, activation, x.data(), n, y.data());
    x = y;
  }
  return x;
}

}  // namespace pianola::toy_mlp
