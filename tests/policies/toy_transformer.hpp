// Transformer weights of any shape from random numbers, and their logits computed slowly, in double, without a cache.
#pragma once

#include <cmath>
#include <span>
#include <vector>

#include "pianola/base/random.hpp"
#include "pianola/policies/transformer_weights.hpp"

namespace pianola::toy_transformer {

struct Shape {
  std::size_t observation_dim = 3, history = 2, width = 12, layers = 2, heads = 3;
  std::vector<std::uint32_t> vocabularies{4, 2, 5};
  bool parallel = false, tied = false;
  TransformerInput input = TransformerInput::observations;
};

inline TransformerWeights random_weights(const Shape& shape, std::uint64_t seed = 1, double scale = 1.0) {
  TransformerWeights w;
  w.parallel = shape.parallel;
  w.tied = shape.tied;
  w.input = shape.input;
  w.observation_dim = shape.input == TransformerInput::tokens ? 1 : shape.observation_dim;
  w.history = shape.history;
  w.width = shape.width;
  w.heads = shape.heads;
  w.vocabularies = shape.vocabularies;
  w.blocks.resize(shape.layers);
  std::uint64_t count = 0;
  w.visit([&](const std::string& name, std::vector<float>& values, const std::vector<std::size_t>& extents) {
    std::size_t n = 1;
    for (const std::size_t extent : extents) n *= extent;
    std::vector<double> normal_values(n);
    normals(NoiseKey(seed).child(name, count++), 0, 0, normal_values);
    const double fan_in = extents.size() == 2 ? static_cast<double>(extents[1]) : 4.0;
    const bool gain = name.ends_with("norm.weight") || name == "observation_inverse_std";
    values.clear();
    for (const double x : normal_values) {
      values.push_back(static_cast<float>((gain ? 1.0 : 0.0) + (gain ? 0.2 : scale) * x / std::sqrt(fan_in)));
    }
  });
  return w;
}

}  // namespace pianola::toy_transformer
