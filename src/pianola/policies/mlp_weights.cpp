#include "pianola/policies/mlp_weights.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <span>
#include <utility>

#include "pianola/base/error.hpp"
#include "pianola/base/spec.hpp"
#include "pianola/data/declaration_text.hpp"
#include "pianola/policies/weight_file.hpp"

namespace pianola {
namespace {

constexpr std::size_t kWidest = 65536, kDeepest = 64;

constexpr std::array kActivations{std::pair{"relu", Activation::relu}, std::pair{"gelu", Activation::gelu},
                                  std::pair{"tanh", Activation::tanh}};

const char* activation_name(Activation activation) {
  for (const auto& [name, value] : kActivations) {
    if (value == activation) return name;
  }
  throw UsageError("policy 'mlp': hidden layers are relu, gelu or tanh");
}

[[noreturn]] void bad_hidden(const std::string& text) {
  throw UsageError(
      fmt::format("policy 'mlp': hidden='{}' must be widths such as 256x2 (two layers of 256), 512-256, or "
                  "none; each 1 … {}, at most {} of them",
                  text, kWidest, kDeepest));
}

std::vector<DenseLayer> read_layers(const TensorFile& file, std::size_t inputs, const std::string& where) {
  std::vector<DenseLayer> layers;
  for (std::size_t in = inputs, i = 0; i == 0 || file.tensors.contains(fmt::format("layers.{}.weight", i)); ++i) {
    const std::string weight = fmt::format("layers.{}.weight", i), bias = fmt::format("layers.{}.bias", i);
    DenseLayer layer;
    layer.in = in;
    layer.out = read_extent(file, weight, 0, where);
    layer.weights = read_weights(file, weight, {layer.out, layer.in}, where);
    layer.bias = read_weights(file, bias, {layer.out}, where);
    in = layer.out;
    layers.push_back(std::move(layer));
  }
  return layers;
}

}  // namespace

std::vector<std::size_t> parse_hidden(const std::string& text) {
  if (text == "none") return {};
  std::vector<std::size_t> widths;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find('-', begin), text.size());
    const std::string part = text.substr(begin, end - begin);
    const std::size_t cross = part.find('x');
    const std::size_t width = whole_number(part.substr(0, cross)).value_or(0);
    const std::size_t times = cross == std::string::npos ? 1 : whole_number(part.substr(cross + 1)).value_or(0);
    if (width == 0 || width > kWidest || times == 0 || widths.size() + times > kDeepest || times > kDeepest) {
      bad_hidden(text);
    }
    widths.insert(widths.end(), times, width);
    begin = end + 1;
  }
  return widths;
}

std::string format_hidden(const std::vector<std::size_t>& widths) {
  if (widths.empty()) return "none";
  const bool equal = std::all_of(widths.begin(), widths.end(), [&](std::size_t w) { return w == widths.front(); });
  if (equal) return fmt::format("{}x{}", widths.front(), widths.size());
  return fmt::format("{}", fmt::join(widths, "-"));
}

Activation mlp_activation(const std::string& name) {
  std::vector<std::string> known;
  for (const auto& [text, value] : kActivations) {
    if (name == text) return value;
    known.emplace_back(text);
  }
  throw_unknown_name("activation", name, known);
}

std::string mlp_spec(const MlpWeights& weights) {
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i + 1 < weights.layers.size(); ++i) widths.push_back(weights.layers[i].out);
  Spec spec{"mlp", {{"hidden", format_hidden(widths)}}};
  const std::string activation = activation_name(weights.activation);
  if (activation != MlpConfig{}.activation) spec.options.emplace_back("activation", activation);
  return spec.text();
}

TensorFile to_tensors(const MlpWeights& weights) {
  TensorFile file;
  const std::size_t inputs = weights.normalisation.mean.size();
  file.tensors["observation_mean"] = Tensor::of({inputs}, std::span<const float>(weights.normalisation.mean));
  file.tensors["observation_inverse_std"] =
      Tensor::of({inputs}, std::span<const float>(weights.normalisation.inverse_std));
  for (std::size_t i = 0; i < weights.layers.size(); ++i) {
    const DenseLayer& layer = weights.layers[i];
    file.tensors[fmt::format("layers.{}.weight", i)] =
        Tensor::of({layer.out, layer.in}, std::span<const float>(layer.weights));
    file.tensors[fmt::format("layers.{}.bias", i)] = Tensor::of({layer.out}, std::span<const float>(layer.bias));
  }
  file.metadata["activation"] = activation_name(weights.activation);
  file.metadata["history"] = std::to_string(weights.history);
  file.metadata["vocabularies"] = fmt::format("{}", fmt::join(weights.vocabularies, ","));
  return file;
}

MlpWeights mlp_weights_from_tensors(const TensorFile& file, const std::string& where) {
  MlpWeights weights;
  const std::string history = read_metadata(file, "history", where),
                    activation = read_metadata(file, "activation", where);
  weights.history = whole_number(history).value_or(0);
  const std::size_t inputs = read_extent(file, "observation_mean", 0, where);
  if (weights.history == 0 || inputs % weights.history != 0) {
    throw_bad_metadata(where, "history", fmt::format("≥ 1 and divide the {} inputs", inputs), history);
  }
  try {
    weights.activation = mlp_activation(activation);
  } catch (const UsageError&) {
    throw_bad_metadata(where, "activation", "relu, gelu or tanh", activation);
  }
  weights.normalisation.mean = read_weights(file, "observation_mean", {inputs}, where);
  weights.normalisation.inverse_std = read_weights(file, "observation_inverse_std", {inputs}, where);
  weights.vocabularies = read_vocabularies(file, where);
  weights.layers = read_layers(file, inputs, where);
  const std::uint64_t logits =
      std::accumulate(weights.vocabularies.begin(), weights.vocabularies.end(), std::uint64_t{0});
  if (logits != weights.layers.back().out) {
    throw DataError(
        fmt::format("{}: the vocabularies add up to {} logits, but the last layer makes {}; train or export "
                    "it again",
                    where, logits, weights.layers.back().out));
  }
  return weights;
}

}  // namespace pianola
