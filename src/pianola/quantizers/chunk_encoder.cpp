#include "pianola/quantizers/chunk_encoder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <nlohmann/json.hpp>

#include "pianola/base/dense.hpp"
#include "pianola/base/error.hpp"
#include "pianola/quantizers/principal_components.hpp"
#include "pianola/quantizers/registry.hpp"

namespace pianola {
namespace {

constexpr std::size_t kBlock = 64;  // rows whose activations are held at a time
constexpr double kLargest = 1e15;
constexpr std::size_t kWidest = 4096, kDeepest = 8;

std::vector<DenseShape> encoder_layers(const EncoderShape& s) {
  return perceptron_layers(s.width(), s.hidden, s.depth, s.latent);
}
std::vector<DenseShape> decoder_layers(const EncoderShape& s) {
  return perceptron_layers(s.latent, s.hidden, s.depth, s.width());
}

std::vector<float> read_floats(const SavedFields& fields, const char* key, std::size_t size) {
  std::vector<float> out;
  out.reserve(size);
  for (const double x : fields.numbers(key, size)) {
    if (std::abs(x) > kLargest) {
      throw DataError(fmt::format("key '{}[{}]' must lie within ±{:g}, not at {}", key, out.size(), kLargest, x));
    }
    out.push_back(static_cast<float>(x));
  }
  return out;
}

void require_size(std::size_t got, std::size_t wanted, const char* what, const std::string& who) {
  if (got == wanted) return;
  throw UsageError(fmt::format("{}: its encoder needs {} numbers of '{}', got {}", who, wanted, what, got));
}

}  // namespace

EncoderKind encoder_kind(const std::string& name, const std::string& who) {
  static const std::vector<std::string> known{"identity", "pca", "mlp"};
  const auto found = std::find(known.begin(), known.end(), name);
  if (found == known.end()) throw_unknown_name(who + ": encoder", name, known);
  return static_cast<EncoderKind>(found - known.begin());
}

std::vector<DenseShape> perceptron_layers(std::size_t in, std::size_t hidden, std::size_t depth, std::size_t out) {
  std::vector<DenseShape> layers;
  for (std::size_t l = 0; l < depth; ++l) layers.push_back({l == 0 ? in : hidden, hidden});
  layers.push_back({depth == 0 ? in : hidden, out});
  return layers;
}

std::size_t parameter_count(std::span<const DenseShape> layers) {
  std::size_t count = 0;
  for (const DenseShape& layer : layers) count += (layer.in + 1) * layer.out;
  return count;
}

namespace {

void check_mlp(const EncoderShape& shape, const std::string& who) {
  const bool fits = shape.latent >= 1 && shape.latent <= kWidest && shape.hidden >= 1 && shape.hidden <= kWidest;
  if (!fits || shape.depth > kDeepest) {
    throw UsageError(
        fmt::format("{}: encoder=mlp needs latent and hidden in 1 … {} and depth in 0 … {}, not {}, {} and {}", who,
                    kWidest, kDeepest, shape.latent, shape.hidden, shape.depth));
  }
  const std::size_t count = parameter_count(encoder_layers(shape)) + parameter_count(decoder_layers(shape));
  if (count > ChunkEncoder::kMostParameters) {
    throw UsageError(fmt::format(
        "{}: an mlp of {} parameters is too large, {} are the most; take a smaller hidden or a shorter chunk", who,
        count, ChunkEncoder::kMostParameters));
  }
}

}  // namespace

void ChunkEncoder::check(const EncoderShape& shape, const std::string& who) {
  const std::size_t dim = shape.action_dim;
  if (dim < 1 || shape.chunk < 1 || dim > kMaxChunkValues || shape.chunk > kMaxChunkValues / dim) {
    throw UsageError(
        fmt::format("{}: a chunk must have 1 … {} values, not {} × {}", who, kMaxChunkValues, shape.chunk, dim));
  }
  const std::size_t width = shape.width();
  if (shape.kind == EncoderKind::identity && shape.latent != width) {
    throw UsageError(fmt::format(
        "{}: with encoder=identity 'latent' is the chunk's {} values, not {}; leave it out, or take encoder=pca or mlp",
        who, width, shape.latent));
  }
  if (shape.kind == EncoderKind::pca && (shape.latent < 1 || shape.latent > width || width > kMostPrincipalWidth)) {
    throw UsageError(
        fmt::format("{}: encoder=pca needs 1 ≤ latent ≤ the chunk's values ≤ {}; latent is {}, the chunk has {}", who,
                    kMostPrincipalWidth, shape.latent, width));
  }
  if (shape.kind == EncoderKind::mlp) check_mlp(shape, who);
}

ChunkEncoder::ChunkEncoder(const EncoderShape& shape, Weights weights, const std::string& who)
    : shape_(shape), weights_(std::move(weights)) {
  check(shape, who);
  const bool mlp = shape.kind == EncoderKind::mlp, pca = shape.kind == EncoderKind::pca;
  require_size(weights_.offset.size(), pca ? shape.width() : mlp ? shape.action_dim : 0, "mean", who);
  require_size(weights_.scale.size(), mlp ? shape.action_dim : 0, "scale", who);
  if (pca) {
    require_size(weights_.encoder.size(), shape.latent * shape.width(), "components", who);
    require_size(weights_.decoder.size(), 0, "decoder", who);
    pack_components();
    return;
  }
  const auto in = mlp ? encoder_layers(shape) : std::vector<DenseShape>();
  const auto out = mlp ? decoder_layers(shape) : std::vector<DenseShape>();
  require_size(weights_.encoder.size(), parameter_count(in), "encoder", who);
  require_size(weights_.decoder.size(), parameter_count(out), "decoder", who);
  encoder_ = pack(in, weights_.encoder);
  decoder_ = pack(out, weights_.decoder);
}

ChunkEncoder::Stack ChunkEncoder::pack(std::span<const DenseShape> shapes, std::span<const float> parameters) {
  Stack stack;
  for (const DenseShape& s : shapes) {
    stack.push_back({s, std::vector<float>(packed_dense_size(s.in, s.out))});
    const auto weights = parameters.first(s.in * s.out), bias = parameters.subspan(s.in * s.out, s.out);
    pack_dense(weights, bias, s.in, s.out, stack.back().packed);
    parameters = parameters.subspan((s.in + 1) * s.out);
  }
  return stack;
}

void ChunkEncoder::pack_components() {
  const std::size_t width = shape_.width(), latent = shape_.latent;
  std::vector<float> transposed(width * latent);
  for (std::size_t j = 0; j < latent; ++j) {
    for (std::size_t i = 0; i < width; ++i) transposed[i * latent + j] = weights_.encoder[j * width + i];
  }
  encoder_.push_back({{width, latent}, std::vector<float>(packed_dense_size(width, latent))});
  pack_dense(weights_.encoder, {}, width, latent, encoder_.back().packed);
  decoder_.push_back({{latent, width}, std::vector<float>(packed_dense_size(latent, width))});
  pack_dense(transposed, {}, latent, width, decoder_.back().packed);
}

void ChunkEncoder::run(const Stack& stack, std::span<const float> in, std::size_t n, std::span<float> out) {
  std::vector<float> before(in.begin(), in.end()), after;
  for (std::size_t l = 0; l < stack.size(); ++l) {
    const auto& [shape, packed] = stack[l];
    const bool last = l + 1 == stack.size();
    if (!last) after.resize(n * shape.out);
    dense(packed.data(), shape.in, shape.out, last ? Activation::none : Activation::relu, before.data(), n,
          last ? out.data() : after.data());
    std::swap(before, after);
  }
}

void ChunkEncoder::standardise(std::span<float> chunks) const {
  const std::size_t period = weights_.offset.size();
  for (std::size_t i = 0; i < chunks.size(); ++i) {
    const float centred = chunks[i] - weights_.offset[i % period];
    if (shape_.kind == EncoderKind::pca) {
      chunks[i] = centred;
    } else {
      const float scale = weights_.scale[i % period];
      chunks[i] = scale > 0.0F ? centred / scale : 0.0F;
    }
  }
}

void ChunkEncoder::encode(std::span<const float> chunks, std::span<float> latents) const {
  const std::size_t width = shape_.width(), n = chunks.size() / width;
  assert(chunks.size() == n * width && latents.size() == n * shape_.latent);
  if (shape_.kind == EncoderKind::identity) {
    std::copy(chunks.begin(), chunks.end(), latents.begin());
    return;
  }
  std::vector<float> block;
  for (std::size_t first = 0; first < n; first += kBlock) {
    const std::size_t rows = std::min(kBlock, n - first);
    const auto in = chunks.subspan(first * width, rows * width);
    block.assign(in.begin(), in.end());
    standardise(block);
    run(encoder_, block, rows, latents.subspan(first * shape_.latent, rows * shape_.latent));
  }
}

void ChunkEncoder::decode(std::span<const float> latents, std::span<float> chunks) const noexcept {
  const std::size_t width = shape_.width(), latent = shape_.latent, n = chunks.size() / width;
  assert(chunks.size() == n * width && latents.size() == n * latent);
  if (shape_.kind == EncoderKind::identity) {
    std::copy(latents.begin(), latents.end(), chunks.begin());
    return;
  }
  const std::size_t period = weights_.offset.size();
  const bool scaled = !weights_.scale.empty();
  for (std::size_t first = 0; first < n; first += kBlock) {
    const std::size_t rows = std::min(kBlock, n - first);
    const auto out = chunks.subspan(first * width, rows * width);
    run(decoder_, latents.subspan(first * latent, rows * latent), rows, out);
    for (std::size_t i = 0; i < out.size(); ++i) {
      const float u = weights_.offset[i % period] + (scaled ? weights_.scale[i % period] * out[i] : out[i]);
      out[i] = std::isfinite(u) ? u : weights_.offset[i % period];
    }
  }
}

void ChunkEncoder::save(nlohmann::ordered_json& to) const {
  if (shape_.kind == EncoderKind::identity) return;
  to["mean"] = weights_.offset;
  if (shape_.kind == EncoderKind::pca) {
    to["components"] = weights_.encoder;
    return;
  }
  to["scale"] = weights_.scale;
  to["encoder"] = weights_.encoder;
  to["decoder"] = weights_.decoder;
}

ChunkEncoder ChunkEncoder::load(const EncoderShape& shape, const SavedFields& fields, const std::string& who) {
  check(shape, who);
  Weights weights;
  if (shape.kind == EncoderKind::pca) {
    weights.offset = read_floats(fields, "mean", shape.width());
    weights.encoder = read_floats(fields, "components", shape.latent * shape.width());
  } else if (shape.kind == EncoderKind::mlp) {
    weights.offset = read_floats(fields, "mean", shape.action_dim);
    weights.scale = read_floats(fields, "scale", shape.action_dim);
    if (std::any_of(weights.scale.begin(), weights.scale.end(), [](float s) { return s < 0.0F; })) {
      throw DataError("key 'scale' must hold no negative number");
    }
    weights.encoder = read_floats(fields, "encoder", parameter_count(encoder_layers(shape)));
    weights.decoder = read_floats(fields, "decoder", parameter_count(decoder_layers(shape)));
  }
  return ChunkEncoder(shape, std::move(weights), who);
}

}  // namespace pianola
