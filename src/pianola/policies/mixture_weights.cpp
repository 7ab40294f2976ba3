#include "pianola/policies/mixture_weights.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "pianola/base/error.hpp"
#include "pianola/policies/weight_file.hpp"

namespace pianola {
namespace {

constexpr std::size_t kMost = 1U << 20;

MixtureKind read_kind(const TensorFile& file, const std::string& where) {
  const std::string law = read_metadata(file, "law", where);
  const auto found = std::ranges::find(mixture_names(), law);
  if (found != mixture_names().end()) return static_cast<MixtureKind>(found - mixture_names().begin());
  throw_bad_metadata(where, "law", fmt::format("one of {}", fmt::join(mixture_names(), ", ")), law);
}

/// The file as that of an MLP whose inputs include the extra ones, unscaled.
MlpWeights read_trunk(TensorFile file, std::size_t extra, const std::string& where) {
  for (const auto& [name, filler] : {std::pair{"observation_mean", 0.0F}, {"observation_inverse_std", 1.0F}}) {
    const std::size_t inputs = read_extent(file, name, 0, where);
    std::vector<float> values = read_weights(file, name, {inputs}, where);
    values.resize(inputs + extra, filler);
    file.tensors[name] = Tensor::of({values.size()}, std::span<const float>(values));
  }
  file.metadata["history"] = "1";
  return mlp_weights_from_tensors(file, where);
}

}  // namespace

const std::vector<std::string>& mixture_names() {
  static const std::vector<std::string> names{"mse", "gaussian", "mixture", "bet", "armixture"};
  return names;
}

std::string mixture_spec(const MixtureShape& shape, const MlpWeights& trunk) {
  Spec spec = parse_spec(mlp_spec(trunk));
  spec.name = mixture_names()[static_cast<std::size_t>(shape.kind)];
  const char* const option = shape.kind == MixtureKind::bet ? "k" : "components";
  const bool counted = shape.kind != MixtureKind::mse && shape.kind != MixtureKind::gaussian;
  if (counted) spec.options.insert(spec.options.begin(), {option, std::to_string(shape.components)});
  return spec.text();
}

std::map<std::string, std::string> mixture_metadata(const MixtureShape& shape, std::size_t chunk) {
  return {{"law", mixture_names()[static_cast<std::size_t>(shape.kind)]},
          {"components", std::to_string(shape.components)},
          {"chunk", std::to_string(chunk)}};
}

MixtureWeights mixture_weights_from_tensors(const TensorFile& file, const std::string& where) {
  MixtureWeights weights;
  weights.shape.kind = read_kind(file, where);
  weights.shape.components = read_count(file, "components", {.most = kMost}, where);
  weights.chunk = read_count(file, "chunk", {.most = kMost}, where);
  weights.history = read_count(file, "history", {.most = kMost}, where);
  const std::size_t coordinates = read_extent(file, "action_mean", 0, where);
  weights.shape.coordinates = coordinates;
  if (coordinates % weights.chunk != 0 || weights.shape.components > kMost / coordinates) {
    throw_bad_metadata(where, "chunk", fmt::format("a divisor of {} coordinates", coordinates),
                       std::to_string(weights.chunk));
  }
  weights.actions.mean = read_weights(file, "action_mean", {coordinates}, where);
  weights.actions.inverse_std = read_weights(file, "action_inverse_std", {coordinates}, where);
  if (std::ranges::any_of(weights.actions.inverse_std, [](float x) { return x <= 0.0F; })) {
    throw DataError(where + ": tensor 'action_inverse_std' must be positive; train or export it again");
  }
  if (weights.shape.kind == MixtureKind::bet) {
    weights.codes = read_weights(file, "codes", {weights.shape.components, coordinates}, where);
  }
  weights.trunk = read_trunk(file, weights.shape.extra_inputs(), where);
  const std::size_t outputs = weights.trunk.layers.back().out, inputs = read_extent(file, "observation_mean", 0, where);
  if (outputs != weights.shape.outputs()) {
    throw DataError(fmt::format("{}: the last layer makes {} outputs, but this law needs {}; train or export it again",
                                where, outputs, weights.shape.outputs()));
  }
  if (inputs % weights.history != 0) {
    throw_bad_metadata(where, "history", fmt::format("a divisor of the {} inputs", inputs),
                       std::to_string(weights.history));
  }
  return weights;
}

}  // namespace pianola
