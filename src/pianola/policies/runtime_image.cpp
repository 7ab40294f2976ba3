#include "pianola/policies/runtime_image.hpp"

#include <fmt/format.h>

#include <cmath>
#include <cstring>
#include <optional>
#include <string>

#include "pianola/base/error.hpp"
#include "pianola/base/file.hpp"
#include "pianola/data/action_representation.hpp"
#include "pianola/policies/chunk_code_core.hpp"
#include "pianola/policies/image_layout.hpp"
#include "pianola/policies/transformer_image.hpp"
#include "pianola/policies/transformer_policy.hpp"
#include "pianola/quantizers/chunk_code.hpp"

namespace pianola {
namespace {

void check_finite(std::span<const float> values, const std::string& what) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (std::isfinite(values[i])) continue;
    throw DataError(fmt::format("runtime image: {}[{}] must be finite, but is {}; train or export the policy again",
                                what, i, values[i]));
  }
}

void check_quantizer(const Quantizer& quantizer, bool coded, const std::vector<std::uint32_t>& vocabularies) {
  const QuantizerInfo& info = quantizer.info();
  const std::size_t coordinates = chunk_coordinates(quantizer);
  const bool scalar = info.max_tokens == coordinates && info.fixed_length;
  if ((!scalar && !coded) || info.memory_size != 0) {
    throw UsageError(fmt::format(
        "runtime image: the quantizer must have one token per action coordinate and no memory, "
        "but '{}' has up to {} tokens for {} coordinates and {} numbers of memory; "
        "the runtime plays schemes such as uniform, quantile and mulaw, and fast, beast, kmeans, kdisks and rvq "
        "without an encoder",
        info.spec, info.max_tokens, coordinates, info.memory_size));
  }
  if (info.vocabularies != vocabularies) {
    throw UsageError(
        fmt::format("runtime image: policy and quantizer '{}' must have the same vocabularies, but have "
                    "[{}] and [{}]; use the quantizer that the policy was trained with",
                    info.spec, fmt::join(vocabularies, ", "), fmt::join(info.vocabularies, ", ")));
  }
}

/// Of the first `positions`.
std::vector<float> all_levels(const Quantizer& quantizer, std::size_t positions) {
  std::vector<float> levels;
  const auto& info = quantizer.info();
  for (std::size_t p = 0; p < positions; ++p) {
    const std::span<const float> here = quantizer.levels(p);
    if (here.size() != info.vocabularies[p]) {
      throw UsageError(
          fmt::format("runtime image: a token must stand for one number, but '{}' has {} levels for {} "
                      "tokens at position {}; deploy a scheme such as uniform",
                      info.spec, here.size(), info.vocabularies[p], p));
    }
    check_finite(here, fmt::format("level of position {}", p));
    levels.insert(levels.end(), here.begin(), here.end());
  }
  return levels;
}

std::vector<image::PlainLayer> plain_layers(const MlpWeights& weights) {
  std::vector<image::PlainLayer> layers;
  for (std::size_t i = 0; i < weights.layers.size(); ++i) {
    const DenseLayer& layer = weights.layers[i];
    if (layer.in > image::kLargestDimension || layer.out > image::kLargestDimension) {
      throw UsageError(
          fmt::format("runtime image: a layer must have at most {} inputs and outputs, but layer {} has "
                      "{} and {}",
                      image::kLargestDimension, i, layer.in, layer.out));
    }
    check_finite(layer.weights, fmt::format("layers.{}.weight", i));
    check_finite(layer.bias, fmt::format("layers.{}.bias", i));
    layers.push_back(
        {static_cast<std::uint32_t>(layer.in), static_cast<std::uint32_t>(layer.out), layer.weights, layer.bias});
  }
  return layers;
}

/// Where the parts do not fit, in words.
std::string misfit(const MlpWeights& weights, std::size_t logits) {
  const std::size_t inputs = weights.normalisation.mean.size();
  std::string shapes;
  for (const DenseLayer& layer : weights.layers) {
    shapes +=
        fmt::format(" {}→{} ({} weights, {} biases)", layer.in, layer.out, layer.weights.size(), layer.bias.size());
  }
  return fmt::format(
      "runtime image: layers must lead from the {} normalised inputs (history {}, {} inverse deviations) "
      "to {} logits, each with out·in weights and out biases, but they are:{}; load the policy's own file",
      inputs, weights.history, weights.normalisation.inverse_std.size(), logits, shapes.empty() ? " none" : shapes);
}

/// How the model's numbers become actions; nothing without a representation.
ActionTransform action_transform(const Quantizer& quantizer, std::size_t observation_dim) {
  const QuantizerInfo& info = quantizer.info();
  ActionTransform actions;
  if (const ActionRepresentation* const map = quantizer.representation()) actions = map->transform(info.chunk);
  if (actions.observation_dim == 0) actions.observation_dim = observation_dim;
  if (actions.observation_dim == observation_dim) return actions;
  throw UsageError(
      fmt::format("runtime image: actions of '{}' are relative to a state among {} observation columns, but "
                  "the policy observes {}; use the quantizer that the policy was trained with",
                  info.spec, actions.observation_dim, observation_dim));
}

/// What the image has of a quantizer, and what its parts refer to.
struct Codec {
  Codec(const Quantizer& quantizer, const std::vector<std::uint32_t>& vocabularies, std::size_t observation_dim)
      : code(chunk_code_of(quantizer)), actions(action_transform(quantizer, observation_dim)) {
    check_quantizer(quantizer, code.has_value(), vocabularies);
    const QuantizerInfo& info = quantizer.info();
    const std::size_t discrete = actions.groups.empty() ? 0 : info.chunk * actions.discrete;
    levels = all_levels(quantizer, code ? discrete : info.max_tokens);
    if (!code) return;
    tables.kind = code->kind;
    tables.chunk = info.chunk;
    tables.dim = actions.groups.empty() ? info.action_dim : actions.continuous;
    tables.terms = code->terms;
    tables.positions = info.max_tokens - discrete;
    tables.matrices = code->matrices;
    tables.matrix_of = code->matrix_of;
    tables.offset = code->offset;
    tables.factor = code->factor;
    tables.codes = code->codes;
    tables.scale = code->scale;
    tables.min_token = code->min_token;
    tables.tokens = {code->token_begins, code->token_bytes};
    parts = {&tables, static_cast<std::uint32_t>(discrete)};
  }
  Codec(const Codec&) = delete;  // `parts` refers to it
  Codec& operator=(const Codec&) = delete;

  std::optional<ChunkCode> code;
  ActionTransform actions;
  std::vector<float> levels;
  chunk_code::Tables tables;
  image::ChunkCodeParts parts;
};

}  // namespace

AlignedBytes make_runtime_image(const MlpWeights& weights, const Quantizer& quantizer) {
  const QuantizerInfo& info = quantizer.info();
  const std::size_t inputs = weights.normalisation.mean.size(), history = weights.history;
  const bool whole = history != 0 && inputs % history == 0;
  const Codec codec(quantizer, weights.vocabularies, whole ? inputs / history : inputs);
  const std::vector<image::PlainLayer> layers = plain_layers(weights);
  check_finite(weights.normalisation.mean, "observation_mean");
  check_finite(weights.normalisation.inverse_std, "observation_inverse_std");
  std::size_t logits = 0;
  for (const std::uint32_t vocabulary : weights.vocabularies) logits += vocabulary;
  if (!whole) throw UsageError(misfit(weights, logits));
  image::Parts parts;
  parts.observation_dim = static_cast<std::uint32_t>(inputs / history);
  parts.history = static_cast<std::uint32_t>(history);
  parts.action_dim = static_cast<std::uint32_t>(info.action_dim);
  parts.chunk = static_cast<std::uint32_t>(info.chunk);
  parts.actions = codec.actions;
  parts.code = codec.parts;
  parts.activation = weights.activation;
  parts.mean = weights.normalisation.mean;
  parts.inverse_std = weights.normalisation.inverse_std;
  parts.vocabularies = weights.vocabularies;
  parts.levels = codec.levels;
  parts.layers = layers;
  AlignedBytes bytes(image::size(parts));
  if (bytes.empty() || !image::write(parts, bytes)) throw UsageError(misfit(weights, logits));
  return bytes;
}

AlignedBytes make_runtime_image(const TransformerWeights& weights, WeightFormat format, const Quantizer& quantizer) {
  check_transformer(weights);
  const Codec codec(quantizer, weights.vocabularies, weights.observation_dim);
  weights.visit(
      [](const std::string& name, const std::vector<float>& values, const auto&) { check_finite(values, name); });
  const TransformerPolicy packed(weights, format);
  image::TransformerParts parts;
  parts.action_dim = static_cast<std::uint32_t>(quantizer.info().action_dim);
  parts.chunk = static_cast<std::uint32_t>(quantizer.info().chunk);
  parts.vocabularies = weights.vocabularies;
  parts.levels = codec.levels;
  parts.weights = packed.weights();
  parts.actions = codec.actions;
  parts.code = codec.parts;
  AlignedBytes bytes(image::size(parts));
  if (!bytes.empty() && image::write(parts, bytes)) return bytes;
  std::size_t logits = 0;
  for (const std::uint32_t vocabulary : weights.vocabularies) logits += vocabulary;
  throw UsageError(fmt::format(
      "runtime image: '{}' with {} places and {} logits is beyond what an image holds (width {}, {} places, "
      "{} logits); train a smaller one",
      packed.info().spec, weights.places(), logits, image::kWidestTransformer, image::kMostPlaces,
      image::kLargestDimension));
}

void write_runtime_image(const std::filesystem::path& path, const AlignedBytes& image) {
  if (Runtime::required_bytes(image) == 0) {
    throw UsageError(
        fmt::format("runtime image for {}: {} bytes that no runtime would bind; make them with "
                    "make_runtime_image",
                    path.string(), image.size()));
  }
  write_file(path, {reinterpret_cast<const char*>(image.data()), image.size()});
}

AlignedBytes read_runtime_image(const std::filesystem::path& path) {
  const std::string content = read_file(path);
  AlignedBytes image(content.size());
  if (!content.empty()) std::memcpy(image.data(), content.data(), content.size());
  if (Runtime::required_bytes(image) == 0) {
    throw DataError(fmt::format("{}: {} bytes; {}", path.string(), content.size(), status_text(Status::bad_image)));
  }
  return image;
}

}  // namespace pianola
