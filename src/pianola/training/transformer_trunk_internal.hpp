// The blocks that `transformer` and `parallel` share (policies/transformer_weights.hpp has the
// mathematics):
//
//   x += W_p A(LN(x)) + b_p,   x += W_d gelu(W_u LN(x) + b_u) + b_d       for each block, then a last LN
//
// First values are GPT-2's: weights normal with standard deviation 0.02, those that end a residual branch divided by
// √(2 · layers), biases 0, norms 1 and 0. Biases, norms and vectors that are looked up (tokens, positions) do not
// decay: decay pulls towards zero what a matrix product multiplies, and these multiply nothing (so do GPT-2's and
// nanoGPT's trainers; the embedding decays there, and here where it is the head's too).
// Source: Radford et al., "Language models are unsupervised multitask learners", 2019, §2.3.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "pianola/policies/transformer_weights.hpp"
#include "pianola/training/network_internal.hpp"

namespace pianola {

/// Parameters of a transformer, as they are added.
class TransformerParameters {
 public:
  /// Returns the place of name.weight; name.bias follows it. scale: standard deviation of the weights' first values.
  std::size_t add_affine(const std::string& name, std::int64_t out, std::int64_t in, double scale = 0.02);
  std::size_t add_norm(const std::string& name, std::int64_t width);
  /// Vectors that are looked up: [rows × width], name.weight.
  std::size_t add_vectors(const std::string& name, std::int64_t rows, std::int64_t width, bool decays = false);
  std::size_t add_bias(const std::string& name, std::int64_t size);
  [[nodiscard]] const std::vector<ParameterSpec>& specs() const { return specs_; }

 private:
  std::size_t add(ParameterSpec spec);
  std::vector<ParameterSpec> specs_;
};

class TransformerTrunk {
 public:
  /// Adds its parameters: blocks.I.… and norm.
  TransformerTrunk(const TransformerShape& shape, TransformerParameters& parameters);

  /// x: [n × places × width] → the same, after the blocks. causal: a place sees those up to itself, else all.
  [[nodiscard]] torch::Tensor blocks(const std::vector<torch::Tensor>& p, torch::Tensor x, bool causal) const;
  /// The last LN, of the places that are read. x: […, width].
  [[nodiscard]] torch::Tensor norm(const std::vector<torch::Tensor>& p, const torch::Tensor& x) const;

 private:
  struct Block {
    std::size_t attention_norm, attention, projection, mlp_norm, up, down;
  };
  [[nodiscard]] torch::Tensor attend(const torch::Tensor& qkv, bool causal) const;
  std::int64_t width_, heads_;
  std::vector<Block> blocks_;
  std::size_t norm_ = 0;
};

/// What policy.safetensors says of a network of this size that reads and predicts `shape`.
struct TransformerDescription {
  std::string spec;  ///< canonical
  std::map<std::string, std::string> metadata;
};
/// kind: the flags `parallel`, `tied` and `input`; the rest is filled in.
TransformerDescription describe_transformer(TransformerWeights kind, const TransformerShape& size,
                                            const NetworkShape& shape);

/// Logits of positions, one after the other, from those of all rows of the head: x [n × positions × largest] →
/// [n × Σ vocabularies].
torch::Tensor join_positions(const torch::Tensor& x, std::span<const std::uint32_t> vocabularies);

}  // namespace pianola
