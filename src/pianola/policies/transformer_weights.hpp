// Weights of the autoregressive transformer over action tokens, and of its ablation that predicts all positions at
// once.
//
//   places: k observations (history, oldest first), then the tokens of the chunk but the last
//   x_i = W_o z_i + b_o + P_i   (observation i, z normalised),   x_{k−1+p} = E[token_{p−1}] + P_{k−1+p}   (p ≥ 1)
//   x += W_p A(LN(x)) + b_p,   x += W_d gelu(W_u LN(x) + b_u) + b_d       for each block; causal attention
//   logits of token p: the first vocabularies[p] rows of the head at place k − 1 + p, after a last LN
//
// A = softmax(q·k / √(width / heads)) v over the places up to its own; LN(x) = (x − mean) / √(variance + 1e-5), scaled
// and shifted. Positions are learned, not rotary: place p of a chunk is another action coordinate, which a relative
// position cannot say, and the number of places is fixed. Source: Radford et al., GPT-2, 2019 (pre-norm blocks).
//
// `parallel` has k + T places; the T behind the observations hold position vectors only, each sees all places, and
// position p is read at place k + p: the tokens are independent given the observation.
//
// With tokens as input (generative sequences) the k places hold the context, embedded by E, and one token follows.
//
// In policy.safetensors (all F32): observation_mean, observation_inverse_std, observation.{weight [d, dim], bias},
// token.weight [V, d] (V: the largest vocabulary), position.weight [places, d], blocks.I.attention_norm.{weight, bias},
// blocks.I.attention.{weight [3d, d], bias} (q, k, v), blocks.I.projection.{weight [d, d], bias},
// blocks.I.mlp_norm.{weight, bias}, blocks.I.up.{weight [4d, d], bias}, blocks.I.down.{weight [d, 4d], bias},
// norm.{weight, bias}, head.{weight [V, d], bias [V]}; without head.weight, E is the head's too.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "pianola/base/safetensors.hpp"
#include "pianola/data/normalisation.hpp"

namespace pianola {

struct TransformerShape {
  std::size_t width = 128, layers = 4, heads = 4;
  bool operator==(const TransformerShape&) const = default;
};

/// Options of the spec "parallel:…".
struct ParallelConfig {
  std::string preset = "tiny";
  std::optional<std::uint64_t> width, layers, heads;
  template <class V>
  void visit(V&& v) {
    v("preset", preset, "tiny (width 128, 4 layers, 4 heads), small (256, 6, 8) or base (512, 8, 8)");
    v("width", width, "numbers a place, a multiple of heads; auto: the preset's");
    v("layers", layers, "blocks of attention and perceptron; auto: the preset's");
    v("heads", heads, "attention heads; auto: the preset's");
  }
};

/// Options of the spec "transformer:…".
struct TransformerConfig : ParallelConfig {
  bool tied = false;
  template <class V>
  void visit(V&& v) {
    ParallelConfig::visit(v);
    v("tied", tied, "true: the head's weights are the token embedding's");
  }
};

/// The preset with its overrides; `who` names the policy in errors.
/// @throws UsageError for an unknown preset (nearest suggested), a size of 0 or beyond width 65,536 or 256 layers, or a
/// width that the heads do not divide.
TransformerShape transformer_shape(const ParallelConfig& config, const std::string& who);

enum class TransformerInput { observations, tokens };

struct TransformerWeights {
  struct Affine {
    std::vector<float> weight, bias;
  };
  struct Block {
    Affine attention_norm, attention, projection, mlp_norm, up, down;
  };

  bool parallel = false, tied = false;
  TransformerInput input = TransformerInput::observations;
  std::size_t observation_dim = 1;  ///< 1 if tokens are the input
  std::size_t history = 1;          ///< observations, or tokens of context, that a decision sees at most
  std::size_t width = 128, heads = 4;
  std::vector<std::uint32_t> vocabularies;  ///< of each position
  Normalisation normalisation;  ///< of histories: [history × observation_dim]; empty if tokens are the input
  Affine observation;           ///< empty if tokens are the input
  std::vector<float> token;     ///< [largest vocabulary × width]; empty if parallel
  std::vector<float> position;  ///< [places × width]
  std::vector<Block> blocks;
  Affine norm, head;  ///< head.weight is empty if tied

  [[nodiscard]] std::size_t largest_vocabulary() const;
  [[nodiscard]] std::size_t places() const { return history + vocabularies.size() - (parallel ? 0 : 1); }
  [[nodiscard]] std::size_t parameters() const;  ///< numbers that training learns

  /// Calls v(name, values, shape) for each tensor of the file: values is the vector<float> above, shape what the sizes
  /// above ask for (a std::vector<std::size_t>).
  template <class V>
  void visit(V&& v) {
    visit_tensors(*this, v);
  }
  template <class V>
  void visit(V&& v) const {
    visit_tensors(*this, v);
  }

 private:
  using Extents = std::vector<std::size_t>;
  template <class A, class V>
  static void visit_affine(const std::string& name, A& affine, const Extents& shape, V& v) {
    v(name + ".weight", affine.weight, shape);
    v(name + ".bias", affine.bias, Extents{shape[0]});
  }
  template <class B, class V>
  static void visit_block(const std::string& name, B& block, std::size_t d, V& v) {
    visit_affine(name + ".attention_norm", block.attention_norm, {d}, v);
    visit_affine(name + ".attention", block.attention, {3 * d, d}, v);
    visit_affine(name + ".projection", block.projection, {d, d}, v);
    visit_affine(name + ".mlp_norm", block.mlp_norm, {d}, v);
    visit_affine(name + ".up", block.up, {4 * d, d}, v);
    visit_affine(name + ".down", block.down, {d, 4 * d}, v);
  }
  template <class W, class V>
  static void visit_tensors(W& w, V& v) {
    const std::size_t d = w.width, inputs = w.history * w.observation_dim;
    if (w.input == TransformerInput::observations) {
      v("observation_mean", w.normalisation.mean, Extents{inputs});
      v("observation_inverse_std", w.normalisation.inverse_std, Extents{inputs});
      visit_affine("observation", w.observation, {d, w.observation_dim}, v);
    }
    if (!w.parallel) v("token.weight", w.token, Extents{w.largest_vocabulary(), d});
    v("position.weight", w.position, Extents{w.places(), d});
    for (std::size_t i = 0; i < w.blocks.size(); ++i) visit_block("blocks." + std::to_string(i), w.blocks[i], d, v);
    visit_affine("norm", w.norm, {d}, v);
    if (!w.tied) v("head.weight", w.head.weight, Extents{w.largest_vocabulary(), d});
    v("head.bias", w.head.bias, Extents{w.largest_vocabulary()});
  }
};

/// The spec of these weights, the preset always named: "transformer:preset=tiny", "transformer:preset=tiny,layers=2".
std::string transformer_spec(const TransformerWeights& weights);

/// @throws UsageError naming the first thing that does not fit: a tensor of another length, heads that do not divide
/// the width, `parallel` with tokens as input or a tied head, tokens as input with more than one position.
void check_transformer(const TransformerWeights& weights);

/// Metadata "architecture", "input", "history", "heads", "vocabularies": of sizes only, tensors may be empty.
std::map<std::string, std::string> transformer_metadata(const TransformerWeights& weights);

/// Tensors and metadata. @throws UsageError as check_transformer.
TensorFile to_tensors(const TransformerWeights& weights);

/// Of `transformer` and `parallel`, as metadata "architecture" says.
/// @throws DataError naming `where` and the tensor that is missing, too many, of another shape or dtype, or not finite.
TransformerWeights transformer_weights_from_tensors(const TensorFile& file, const std::string& where);

}  // namespace pianola
