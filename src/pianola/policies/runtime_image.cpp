#include "pianola/policies/runtime_image.hpp"

#include <fmt/format.h>

#include <cmath>
#include <cstring>
#include <string>

#include "pianola/base/error.hpp"
#include "pianola/base/file.hpp"
#include "pianola/data/action_representation.hpp"
#include "pianola/policies/image_layout.hpp"
#include "pianola/policies/transformer_image.hpp"
#include "pianola/policies/transformer_policy.hpp"

namespace pianola {
namespace {

void check_finite(std::span<const float> values, const std::string& what) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (std::isfinite(values[i])) continue;
    throw DataError(fmt::format("runtime image: {}[{}] must be finite, but is {}; train or export the policy again",
                                what, i, values[i]));
  }
}

void check_quantizer(const Quantizer& quantizer, const std::vector<std::uint32_t>& vocabularies) {
  const QuantizerInfo& info = quantizer.info();
  const std::size_t coordinates = chunk_coordinates(quantizer);
  if (info.max_tokens != coordinates || !info.fixed_length || info.memory_size != 0) {
    throw UsageError(
        fmt::format("runtime image: the quantizer must have one token per action coordinate and no memory, "
                    "but '{}' has up to {} tokens for {} coordinates and {} numbers of memory; "
                    "the runtime plays schemes such as uniform, quantile and mulaw",
                    info.spec, info.max_tokens, coordinates, info.memory_size));
  }
  if (info.vocabularies != vocabularies) {
    throw UsageError(
        fmt::format("runtime image: policy and quantizer '{}' must have the same vocabularies, but have "
                    "[{}] and [{}]; use the quantizer that the policy was trained with",
                    info.spec, fmt::join(vocabularies, ", "), fmt::join(info.vocabularies, ", ")));
  }
}

std::vector<float> all_levels(const Quantizer& quantizer) {
  std::vector<float> levels;
  const auto& info = quantizer.info();
  for (std::size_t p = 0; p < info.vocabularies.size(); ++p) {
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

}  // namespace

AlignedBytes make_runtime_image(const MlpWeights& weights, const Quantizer& quantizer) {
  const QuantizerInfo& info = quantizer.info();
  check_quantizer(quantizer, weights.vocabularies);
  const std::vector<float> levels = all_levels(quantizer);
  const std::vector<image::PlainLayer> layers = plain_layers(weights);
  check_finite(weights.normalisation.mean, "observation_mean");
  check_finite(weights.normalisation.inverse_std, "observation_inverse_std");
  const std::size_t inputs = weights.normalisation.mean.size();
  if (weights.history == 0 || inputs % weights.history != 0) throw UsageError(misfit(weights, levels.size()));
  image::Parts parts;
  parts.observation_dim = static_cast<std::uint32_t>(inputs / weights.history);
  parts.history = static_cast<std::uint32_t>(weights.history);
  parts.action_dim = static_cast<std::uint32_t>(info.action_dim);
  parts.chunk = static_cast<std::uint32_t>(info.chunk);
  parts.actions = action_transform(quantizer, parts.observation_dim);
  parts.activation = weights.activation;
  parts.mean = weights.normalisation.mean;
  parts.inverse_std = weights.normalisation.inverse_std;
  parts.vocabularies = weights.vocabularies;
  parts.levels = levels;
  parts.layers = layers;
  AlignedBytes bytes(image::size(parts));
  if (bytes.empty() || !image::write(parts, bytes)) throw UsageError(misfit(weights, levels.size()));
  return bytes;
}

AlignedBytes make_runtime_image(const TransformerWeights& weights, WeightFormat format, const Quantizer& quantizer) {
  check_transformer(weights);
  check_quantizer(quantizer, weights.vocabularies);
  weights.visit(
      [](const std::string& name, const std::vector<float>& values, const auto&) { check_finite(values, name); });
  const std::vector<float> levels = all_levels(quantizer);
  const TransformerPolicy packed(weights, format);
  image::TransformerParts parts;
  parts.action_dim = static_cast<std::uint32_t>(quantizer.info().action_dim);
  parts.chunk = static_cast<std::uint32_t>(quantizer.info().chunk);
  parts.vocabularies = weights.vocabularies;
  parts.levels = levels;
  parts.weights = packed.weights();
  parts.actions = action_transform(quantizer, weights.observation_dim);
  AlignedBytes bytes(image::size(parts));
  if (!bytes.empty() && image::write(parts, bytes)) return bytes;
  throw UsageError(fmt::format(
      "runtime image: '{}' with {} places and {} logits is beyond what an image holds (width {}, {} places, "
      "{} logits); train a smaller one",
      packed.info().spec, weights.places(), levels.size(), image::kWidestTransformer, image::kMostPlaces,
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
