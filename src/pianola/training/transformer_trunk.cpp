#include <algorithm>
#include <cmath>
#include <utility>

#include <ATen/Parallel.h>

#include "pianola/base/gelu_slope.hpp"
#include "pianola/base/short_attention.hpp"
#include "pianola/training/transformer_trunk_internal.hpp"

namespace pianola {
namespace {

constexpr double kEpsilon = 1e-5;

torch::Tensor affine(const std::vector<torch::Tensor>& p, std::size_t at, const torch::Tensor& x) {
  return torch::linear(x, p[at], p[at + 1]);
}

torch::Tensor layer_norm(const std::vector<torch::Tensor>& p, std::size_t at, const torch::Tensor& x) {
  return torch::layer_norm(x, {x.size(-1)}, p[at], p[at + 1], kEpsilon);
}

constexpr std::int64_t kShortest = 32;  // places up to which attention is short_attention.hpp's
constexpr std::int64_t kGrain = 16;     // sequences a thread, at least
constexpr std::int64_t kGeluGrain = 1 << 14;

std::size_t whole(std::int64_t number) { return static_cast<std::size_t>(number); }

/// x·Φ(x). The derivative is made with the value, and is the memory of the gradient.
struct Gelu : torch::autograd::Function<Gelu> {
  static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& x) {
    torch::Tensor y = torch::empty_like(x), slope = torch::empty_like(x);
    const float* const in = x.data_ptr<float>();
    float *const out = y.data_ptr<float>(), *const derivative = slope.data_ptr<float>();
    at::parallel_for(0, x.numel(), kGeluGrain, [&](std::int64_t first, std::int64_t end) {
      gelu_with_slope(in + first, whole(end - first), out + first, derivative + first);
    });
    context->saved_data["slope"] = std::move(slope);
    return y;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 const torch::autograd::variable_list& outer) {
    return {context->saved_data["slope"].toTensor().mul_(outer[0])};
  }
};

/// [n × places × 3 · heads · w] → [n × places × heads · w].
struct ShortAttention : torch::autograd::Function<ShortAttention> {
  static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& qkv, std::int64_t heads,
                               bool causal) {
    const std::int64_t n = qkv.size(0), places = qkv.size(1), width = qkv.size(2) / 3;
    const AttentionShape shape{whole(places), whole(heads), whole(width / heads), causal};
    torch::Tensor out = torch::empty({n, places, width}), p = torch::empty({n, heads, places, places});
    const float* const in = qkv.data_ptr<float>();
    float *const result = out.data_ptr<float>(), *const weights = p.data_ptr<float>();
    at::parallel_for(0, n, kGrain, [&](std::int64_t first, std::int64_t end) {
      attend(shape, in, whole(first), whole(end), result, weights);
    });
    context->saved_data["qkv"] = qkv;
    context->saved_data["p"] = std::move(p);
    context->saved_data["causal"] = causal;
    return out;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 const torch::autograd::variable_list& outer) {
    const torch::Tensor qkv = context->saved_data["qkv"].toTensor(), p = context->saved_data["p"].toTensor();
    const torch::Tensor gradient = outer[0].contiguous();
    const std::int64_t heads = p.size(1);
    const AttentionShape shape{whole(qkv.size(1)), whole(heads), whole(qkv.size(2) / 3 / heads),
                               context->saved_data["causal"].toBool()};
    torch::Tensor out = torch::empty_like(qkv);
    const float *const in = qkv.data_ptr<float>(), *const weights = p.data_ptr<float>();
    const float* const outer_gradient = gradient.data_ptr<float>();
    float* const result = out.data_ptr<float>();
    at::parallel_for(0, qkv.size(0), kGrain, [&](std::int64_t first, std::int64_t end) {
      attend_backward(shape, in, weights, outer_gradient, whole(first), whole(end), result);
    });
    return {out, torch::Tensor(), torch::Tensor()};
  }
};

}  // namespace

std::size_t TransformerParameters::add(ParameterSpec spec) {
  specs_.push_back(std::move(spec));
  return specs_.size() - 1;
}

std::size_t TransformerParameters::add_bias(const std::string& name, std::int64_t size) {
  return add({name + ".bias", {size}, {FirstValues::Law::constant, 0.0}, false});
}

std::size_t TransformerParameters::add_affine(const std::string& name, std::int64_t out, std::int64_t in,
                                              double scale) {
  const std::size_t at = add({name + ".weight", {out, in}, {FirstValues::Law::normal, scale}, true});
  add_bias(name, out);
  return at;
}

std::size_t TransformerParameters::add_norm(const std::string& name, std::int64_t width) {
  const std::size_t at = add({name + ".weight", {width}, {FirstValues::Law::constant, 1.0}, false});
  add_bias(name, width);
  return at;
}

std::size_t TransformerParameters::add_vectors(const std::string& name, std::int64_t rows, std::int64_t width,
                                               bool decays) {
  return add({name + ".weight", {rows, width}, {FirstValues::Law::normal, 0.02}, decays});
}

TransformerTrunk::TransformerTrunk(const TransformerShape& shape, TransformerParameters& parameters)
    : width_(static_cast<std::int64_t>(shape.width)), heads_(static_cast<std::int64_t>(shape.heads)) {
  const double residual = 0.02 / std::sqrt(2.0 * static_cast<double>(shape.layers));
  for (std::size_t i = 0; i < shape.layers; ++i) {
    const std::string name = "blocks." + std::to_string(i);
    Block block{};
    block.attention_norm = parameters.add_norm(name + ".attention_norm", width_);
    block.attention = parameters.add_affine(name + ".attention", 3 * width_, width_);
    block.projection = parameters.add_affine(name + ".projection", width_, width_, residual);
    block.mlp_norm = parameters.add_norm(name + ".mlp_norm", width_);
    block.up = parameters.add_affine(name + ".up", 4 * width_, width_);
    block.down = parameters.add_affine(name + ".down", width_, 4 * width_, residual);
    blocks_.push_back(block);
  }
  norm_ = parameters.add_norm("norm", width_);
}

torch::Tensor TransformerTrunk::attend(const torch::Tensor& qkv, bool causal) const {
  const std::int64_t n = qkv.size(0), places = qkv.size(1);
  if (places <= kShortest) return ShortAttention::apply(qkv, heads_, causal);
  const torch::Tensor parts = qkv.view({n, places, 3, heads_, width_ / heads_}).permute({2, 0, 3, 1, 4});
  const torch::Tensor seen =
      at::scaled_dot_product_attention(parts[0], parts[1], parts[2], {}, /*dropout_p=*/0.0, causal);
  return seen.transpose(1, 2).reshape({n, places, width_});
}

torch::Tensor TransformerTrunk::blocks(const std::vector<torch::Tensor>& p, torch::Tensor x, bool causal) const {
  for (const Block& block : blocks_) {
    const torch::Tensor qkv = affine(p, block.attention, layer_norm(p, block.attention_norm, x));
    x = x + affine(p, block.projection, attend(qkv, causal));
    const torch::Tensor up = affine(p, block.up, layer_norm(p, block.mlp_norm, x));
    x = x + affine(p, block.down, Gelu::apply(up));
  }
  return x;
}

torch::Tensor TransformerTrunk::norm(const std::vector<torch::Tensor>& p, const torch::Tensor& x) const {
  return layer_norm(p, norm_, x);
}

TransformerDescription describe_transformer(TransformerWeights kind, const TransformerShape& size,
                                            const NetworkShape& shape) {
  kind.history = shape.history;
  kind.width = size.width;
  kind.heads = size.heads;
  kind.vocabularies = shape.vocabularies;
  kind.blocks.resize(size.layers);
  return {transformer_spec(kind), transformer_metadata(kind)};
}

torch::Tensor join_positions(const torch::Tensor& x, std::span<const std::uint32_t> vocabularies) {
  const std::int64_t largest = x.size(2);
  const bool equal = std::ranges::all_of(vocabularies, [&](std::uint32_t v) { return v == largest; });
  if (equal) return x.reshape({x.size(0), x.size(1) * largest});
  std::vector<torch::Tensor> parts;
  for (std::size_t i = 0; i < vocabularies.size(); ++i) {
    parts.push_back(x.select(1, static_cast<std::int64_t>(i)).narrow(1, 0, vocabularies[i]));
  }
  return torch::cat(parts, 1);
}

}  // namespace pianola
