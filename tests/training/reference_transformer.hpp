// The transformer of policies/transformer_weights.hpp in double, straight from its formulas: what networks are held
// against.
#pragma once

#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include "pianola/policies/transformer_weights.hpp"

namespace pianola::toy_training {

using Places = std::vector<std::vector<double>>;  // [places][width]

inline std::vector<double> reference_affine(const TransformerWeights::Affine& a, const std::vector<double>& x,
                                            std::size_t rows) {
  std::vector<double> y;
  for (std::size_t r = 0; r < rows; ++r) {
    double sum = static_cast<double>(a.bias[r]);
    for (std::size_t c = 0; c < x.size(); ++c) sum += static_cast<double>(a.weight[r * x.size() + c]) * x[c];
    y.push_back(sum);
  }
  return y;
}

inline std::vector<double> reference_norm(const TransformerWeights::Affine& a, const std::vector<double>& x) {
  double mean = 0.0, variance = 0.0;
  for (const double v : x) mean += v / static_cast<double>(x.size());
  for (const double v : x) variance += (v - mean) * (v - mean) / static_cast<double>(x.size());
  std::vector<double> y;
  for (std::size_t i = 0; i < x.size(); ++i) {
    y.push_back((x[i] - mean) / std::sqrt(variance + 1e-5) * static_cast<double>(a.weight[i]) +
                static_cast<double>(a.bias[i]));
  }
  return y;
}

/// What place `at` gathers from the places up to `last` in one head.
inline void reference_head(const Places& qkv, std::size_t at, std::size_t last, std::size_t first, std::size_t size,
                           std::vector<double>& out) {
  const std::size_t d = out.size();
  std::vector<double> weights;
  double total = 0.0;
  for (std::size_t j = 0; j <= last; ++j) {
    double score = 0.0;
    for (std::size_t i = first; i < first + size; ++i) score += qkv[at][i] * qkv[j][d + i];
    weights.push_back(std::exp(score / std::sqrt(static_cast<double>(size))));
    total += weights.back();
  }
  for (std::size_t j = 0; j <= last; ++j) {
    for (std::size_t i = first; i < first + size; ++i) out[i] += weights[j] / total * qkv[j][2 * d + i];
  }
}

inline void reference_block(const TransformerWeights& w, const TransformerWeights::Block& block, Places& x) {
  const std::size_t d = w.width;
  Places qkv;
  for (const auto& row : x)
    qkv.push_back(reference_affine(block.attention, reference_norm(block.attention_norm, row), 3 * d));
  for (std::size_t at = 0; at < x.size(); ++at) {
    std::vector<double> seen(d);
    const std::size_t last = w.parallel ? x.size() - 1 : at, size = d / w.heads;
    for (std::size_t head = 0; head < w.heads; ++head) reference_head(qkv, at, last, head * size, size, seen);
    const std::vector<double> added = reference_affine(block.projection, seen, d);
    for (std::size_t i = 0; i < d; ++i) x[at][i] += added[i];
  }
  for (auto& row : x) {
    std::vector<double> up = reference_affine(block.up, reference_norm(block.mlp_norm, row), 4 * d);
    for (double& v : up) v = 0.5 * v * (1.0 + std::erf(v / std::sqrt(2.0)));
    const std::vector<double> added = reference_affine(block.down, up, d);
    for (std::size_t i = 0; i < d; ++i) row[i] += added[i];
  }
}

/// What stands at the places before the blocks. inputs: normalised observations [history × dim], or tokens of context.
inline Places reference_places(const TransformerWeights& w, const std::vector<double>& inputs,
                               std::span<const std::int64_t> tokens) {
  Places x;
  const auto token = [&](std::size_t t) {
    return std::vector<double>(w.token.begin() + static_cast<std::ptrdiff_t>(t * w.width),
                               w.token.begin() + static_cast<std::ptrdiff_t>((t + 1) * w.width));
  };
  for (std::size_t i = 0; i < w.history; ++i) {
    if (w.input == TransformerInput::tokens) {
      x.push_back(token(static_cast<std::size_t>(inputs[i])));
      continue;
    }
    const auto first = inputs.begin() + static_cast<std::ptrdiff_t>(i * w.observation_dim);
    x.push_back(
        reference_affine(w.observation, {first, first + static_cast<std::ptrdiff_t>(w.observation_dim)}, w.width));
  }
  while (x.size() < w.places()) {
    x.push_back(w.parallel ? std::vector<double>(w.width)
                           : token(static_cast<std::size_t>(tokens[x.size() - w.history])));
  }
  for (std::size_t i = 0; i < x.size(); ++i) {
    for (std::size_t j = 0; j < w.width; ++j) x[i][j] += static_cast<double>(w.position[i * w.width + j]);
  }
  return x;
}

/// Logits of all positions of one row, one after the other; with tokens as input, of each place of the context.
inline std::vector<double> reference_logits(const TransformerWeights& w, const std::vector<double>& inputs,
                                            std::span<const std::int64_t> tokens) {
  Places x = reference_places(w, inputs, tokens);
  for (const auto& block : w.blocks) reference_block(w, block, x);
  TransformerWeights::Affine head = w.head;
  if (w.tied) head.weight = w.token;
  const std::size_t first = w.input == TransformerInput::tokens ? 0 : w.parallel ? w.history : w.history - 1;
  std::vector<double> logits;
  for (std::size_t i = first; i < x.size(); ++i) {
    const std::size_t size = w.input == TransformerInput::tokens ? w.vocabularies[0] : w.vocabularies[i - first];
    const std::vector<double> row = reference_affine(head, reference_norm(w.norm, x[i]), size);
    logits.insert(logits.end(), row.begin(), row.end());
  }
  return logits;
}

}  // namespace pianola::toy_training
