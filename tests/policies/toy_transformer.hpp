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

using Row = std::vector<double>;

inline Row product(const TransformerWeights::Affine& layer, const std::vector<float>& weight, const Row& x) {
  Row y(layer.bias.begin(), layer.bias.end());
  for (std::size_t o = 0; o < y.size(); ++o) {
    for (std::size_t k = 0; k < x.size(); ++k) y[o] += static_cast<double>(weight[o * x.size() + k]) * x[k];
  }
  return y;
}

inline Row product(const TransformerWeights::Affine& layer, const Row& x) { return product(layer, layer.weight, x); }

inline Row layer_norm(const TransformerWeights::Affine& norm, const Row& x) {
  double mean = 0.0, variance = 0.0;
  for (const double value : x) mean += value / static_cast<double>(x.size());
  for (const double value : x) variance += (value - mean) * (value - mean) / static_cast<double>(x.size());
  Row y;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const auto scale = static_cast<double>(norm.weight[i]), shift = static_cast<double>(norm.bias[i]);
    y.push_back((x[i] - mean) / std::sqrt(variance + 1e-5) * scale + shift);
  }
  return y;
}

/// Head h of the attention of place i, added to `out`.
inline void attend_head(const TransformerWeights& w, const std::vector<Row>& qkv, std::size_t i, std::size_t h,
                        Row& out) {
  const std::size_t d = w.width, size = d / w.heads, seen = w.parallel ? qkv.size() : i + 1;
  Row weight(seen);
  double total = 0.0;
  for (std::size_t j = 0; j < seen; ++j) {
    double score = 0.0;
    for (std::size_t k = h * size; k < (h + 1) * size; ++k) score += qkv[i][k] * qkv[j][d + k];
    total += weight[j] = std::exp(score / std::sqrt(static_cast<double>(size)));
  }
  for (std::size_t j = 0; j < seen; ++j) {
    for (std::size_t k = h * size; k < (h + 1) * size; ++k) out[k] += weight[j] / total * qkv[j][2 * d + k];
  }
}

inline void add(Row& x, const Row& y) {
  for (std::size_t i = 0; i < x.size(); ++i) x[i] += y[i];
}

/// All places through all blocks and the last normalisation.
inline std::vector<Row> reference_states(const TransformerWeights& w, std::vector<Row> x) {
  for (const auto& block : w.blocks) {
    std::vector<Row> qkv;
    for (const Row& row : x) qkv.push_back(product(block.attention, layer_norm(block.attention_norm, row)));
    for (std::size_t i = 0; i < x.size(); ++i) {
      Row mixed(w.width);
      for (std::size_t h = 0; h < w.heads; ++h) attend_head(w, qkv, i, h, mixed);
      add(x[i], product(block.projection, mixed));
      Row hidden = product(block.up, layer_norm(block.mlp_norm, x[i]));
      for (double& value : hidden) value *= 0.5 * std::erfc(-value / std::sqrt(2.0));
      add(x[i], product(block.down, hidden));
    }
  }
  for (Row& row : x) row = layer_norm(w.norm, row);
  return x;
}

inline Row embedding(const TransformerWeights& w, std::size_t token, std::size_t place) {
  Row x(w.width);
  for (std::size_t k = 0; k < w.width; ++k) {
    x[k] = static_cast<double>(w.token[token * w.width + k]) + static_cast<double>(w.position[place * w.width + k]);
  }
  return x;
}

/// The places of one sequence. history: [history × observation_dim], or a context of token numbers.
inline std::vector<Row> reference_places(const TransformerWeights& w, std::span<const float> history,
                                         std::span<const std::uint32_t> tokens) {
  std::vector<Row> x;
  for (std::size_t i = 0; i < w.history; ++i) {
    if (w.input == TransformerInput::tokens) {
      if (history[i] >= 0.0F) x.push_back(embedding(w, static_cast<std::size_t>(history[i]), x.size()));
      continue;
    }
    Row z;
    for (std::size_t k = i * w.observation_dim; k < (i + 1) * w.observation_dim; ++k) {
      z.push_back((static_cast<double>(history[k]) - static_cast<double>(w.normalisation.mean[k])) *
                  static_cast<double>(w.normalisation.inverse_std[k]));
    }
    x.push_back(product(w.observation, z));
  }
  for (std::size_t p = 0; p + (w.parallel ? 0 : 1) < w.vocabularies.size(); ++p) {
    x.push_back(w.parallel ? Row(w.width) : embedding(w, tokens[p], x.size()));
  }
  for (std::size_t i = 0; i < x.size() && w.input == TransformerInput::observations; ++i) {
    for (std::size_t k = 0; k < w.width && (w.parallel || i < w.history); ++k) {
      x[i][k] += static_cast<double>(w.position[i * w.width + k]);
    }
  }
  return x;
}

/// Logits of all positions, one after the other, given the tokens before each.
inline std::vector<double> reference_logits(const TransformerWeights& w, std::span<const float> history,
                                            std::span<const std::uint32_t> tokens) {
  const std::vector<Row> states = reference_states(w, reference_places(w, history, tokens));
  const std::size_t first = states.size() - w.vocabularies.size();
  std::vector<double> logits;
  for (std::size_t p = 0; p < w.vocabularies.size(); ++p) {
    const Row all = product(w.head, w.tied ? w.token : w.head.weight, states[first + p]);
    logits.insert(logits.end(), all.begin(), all.begin() + w.vocabularies[p]);
  }
  return logits;
}

}  // namespace pianola::toy_transformer
