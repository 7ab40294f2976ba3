#include "pianola/experts/mlp.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <new>

#include "pianola/base/error.hpp"
#include "pianola/experts/array_file.hpp"
#include "pianola/systems/spectral.hpp"

namespace pianola {
namespace {

constexpr const char* kWho = "expert 'mlp'";
constexpr std::align_val_t kAlignment{64};  // what base/dense wants of packed weights

struct FreeAligned {
  void operator()(float* memory) const { ::operator delete[](memory, kAlignment); }
};
using PackedWeights = std::unique_ptr<float[], FreeAligned>;

PackedWeights allocate(std::size_t count) {
  return PackedWeights(static_cast<float*>(::operator new[](count * sizeof(float), kAlignment)));
}

/// A layer as read: W [out × in].
struct RawLayer {
  std::size_t in = 0, out = 0;
  std::vector<double> weights, bias;
};

enum class Layout { in_out, out_in, unknown };

NamedArray read_finite(const ArrayFile& file, const std::string& key) {
  const auto names = file.names();
  if (std::find(names.begin(), names.end(), key) == names.end()) {
    throw DataError(file.path() + ": " + unknown_name_message("array", key, names) +
                    "; an MLP expert needs obs_mean, obs_std, W0, b0, W1, b1, …");
  }
  NamedArray array = file.read(key);
  for (std::size_t i = 0; i < array.values.size(); ++i) {
    if (std::abs(array.values[i]) <= std::numeric_limits<float>::max()) continue;
    throw DataError(fmt::format("{}, key '{}': element {} of {} is {}; numbers must be finite in float32", file.path(),
                                key, i, shape_text(array.shape), array.values[i]));
  }
  return array;
}

/// A vector of any shape with one dimension above 1, e.g. [11] or [1, 11].
std::vector<double> read_vector(const ArrayFile& file, const std::string& key) {
  NamedArray array = read_finite(file, key);
  const auto wide = std::count_if(array.shape.begin(), array.shape.end(), [](std::size_t dim) { return dim != 1; });
  if (wide <= 1 && !array.values.empty()) return std::move(array.values);
  throw DataError(fmt::format("{}, key '{}': must be a vector, not {}", file.path(), key, shape_text(array.shape)));
}

/// How W lies if it takes `in` numbers to `out`; unknown if it is square. @throws DataError if it does neither.
Layout layout_of(const std::string& where, const NamedArray& w, std::size_t in, std::size_t out) {
  const bool forward = w.shape == std::vector{in, out}, backward = w.shape == std::vector{out, in};
  if (forward && backward) return Layout::unknown;
  if (forward) return Layout::in_out;
  if (backward) return Layout::out_in;
  throw DataError(fmt::format("{}: has shape {}, but {} inputs and {} biases need [{}, {}] or [{}, {}]", where,
                              shape_text(w.shape), in, out, in, out, out, in));
}

void transpose(RawLayer& layer) {
  std::vector<double> turned(layer.weights.size());
  for (std::size_t i = 0; i < layer.in; ++i) {
    for (std::size_t o = 0; o < layer.out; ++o) turned[o * layer.in + i] = layer.weights[i * layer.out + o];
  }
  layer.weights = std::move(turned);
}

Layout asked_layout(const std::string& name) {
  static const std::vector<std::string> kLayouts{"auto", "in_out", "out_in"};
  if (name == "in_out") return Layout::in_out;
  if (name == "out_in") return Layout::out_in;
  if (name != "auto") throw_unknown_name(std::string(kWho) + ": layout of option 'weights'", name, kLayouts);
  return Layout::unknown;
}

/// Merges what one layer shows with what is known of the file: all layers lie alike.
Layout merged(const std::string& where, Layout known, Layout seen) {
  if (seen == Layout::unknown || known == seen) return known;
  if (known == Layout::unknown) return seen;
  throw DataError(where + ": lies the other way round than the layers before it or the option 'weights' says");
}

std::vector<RawLayer> read_layers(const ArrayFile& file, std::size_t observation_dim, Layout layout) {
  const auto names = file.names();
  std::vector<RawLayer> layers;
  std::size_t in = observation_dim;
  const auto has = [&](const std::string& name) { return std::find(names.begin(), names.end(), name) != names.end(); };
  for (std::size_t i = 0; i == 0 || has(fmt::format("W{}", i)) || has(fmt::format("b{}", i)); ++i) {
    const std::string key = fmt::format("W{}", i), where = fmt::format("{}, key '{}'", file.path(), key);
    NamedArray weights = read_finite(file, key);
    std::vector<double> bias = read_vector(file, fmt::format("b{}", i));
    layout = merged(where, layout, layout_of(where, weights, in, bias.size()));
    layers.push_back({in, bias.size(), std::move(weights.values), std::move(bias)});
    in = layers.back().out;
  }
  if (layout != Layout::out_in) std::for_each(layers.begin(), layers.end(), transpose);
  return layers;
}

std::vector<double> read_inverse_std(const ArrayFile& file, std::size_t dim) {
  std::vector<double> values = read_vector(file, "obs_std");
  if (values.size() != dim) {
    throw DataError(
        fmt::format("{}, key 'obs_std': has {} numbers, but 'obs_mean' has {}", file.path(), values.size(), dim));
  }
  for (std::size_t i = 0; i < dim; ++i) {
    if (values[i] <= 0.0) {
      throw DataError(
          fmt::format("{}, key 'obs_std': element {} is {}; it must be positive", file.path(), i, values[i]));
    }
    values[i] = 1.0 / values[i];
  }
  return values;
}

std::vector<double> read_std(const ArrayFile& file, std::size_t dim) {
  std::vector<double> values = read_vector(file, "logstd");
  if (values.size() != dim) {
    throw DataError(fmt::format("{}, key 'logstd': has {} numbers, but the last layer has {} outputs", file.path(),
                                values.size(), dim));
  }
  for (std::size_t i = 0; i < dim; ++i) {
    const double std = std::exp(values[i]);
    if (std <= 0.0 || !std::isfinite(std)) {
      throw DataError(
          fmt::format("{}, key 'logstd': element {} is {}, and its exponential {}, which is no standard deviation",
                      file.path(), i, values[i], std));
    }
    values[i] = std;
  }
  return values;
}

double lipschitz_bound(const std::vector<RawLayer>& layers, const std::vector<double>& inverse_std) {
  double bound = 1.0;
  for (std::size_t l = 0; l < layers.size(); ++l) {
    std::vector<double> weights = layers[l].weights;
    if (l == 0) {
      for (std::size_t i = 0; i < weights.size(); ++i) weights[i] *= inverse_std[i % inverse_std.size()];
    }
    bound *= spectral_norm_bound(weights, layers[l].out, layers[l].in);
  }
  return bound;
}

Activation hidden_activation(const std::string& name) {
  static const std::vector<std::string> kActivations{"tanh", "relu"};
  if (name == "tanh") return Activation::tanh;
  if (name == "relu") return Activation::relu;
  throw_unknown_name(std::string(kWho) + ": activation", name, kActivations);
}

/// Grows to the largest call of its thread; nothing that a call reads was left there by another.
struct Scratch {
  std::vector<float> from, to;
  std::vector<double> noise;
};

Scratch& scratch() {
  thread_local Scratch buffers;
  return buffers;
}

template <class T>
T* grown(std::vector<T>& buffer, std::size_t size) {
  if (buffer.size() < size) buffer.resize(size);
  return buffer.data();
}

}  // namespace

struct MlpExpert::Layer {
  std::size_t in, out;
  PackedWeights packed;

  explicit Layer(const RawLayer& raw) : in(raw.in), out(raw.out), packed(allocate(packed_dense_size(raw.in, raw.out))) {
    const std::vector<float> weights(raw.weights.begin(), raw.weights.end()), bias(raw.bias.begin(), raw.bias.end());
    pack_dense(weights, bias, in, out, {packed.get(), packed_dense_size(in, out)});
  }
};

MlpExpert::MlpExpert(const MlpExpertConfig& config) : activation_(hidden_activation(config.activation)) {
  if (config.path.empty()) throw UsageError(std::string(kWho) + ": needs a file, e.g. mlp:expert.hdf5");
  const Layout layout = asked_layout(config.weights);
  const auto file = open_array_file(config.path);
  observation_mean_ = read_vector(*file, "obs_mean");
  inverse_std_ = read_inverse_std(*file, observation_mean_.size());
  const std::vector<RawLayer> raw = read_layers(*file, observation_mean_.size(), layout);
  if (config.sample) std_ = read_std(*file, raw.back().out);
  for (const RawLayer& layer : raw) {
    layers_.emplace_back(layer);
    widest_ = std::max({widest_, layer.in, layer.out});
  }
  info_.spec = write_spec("mlp", config).text();
  info_.observation_dim = observation_mean_.size();
  info_.action_dim = raw.back().out;
  info_.deterministic = std_.empty();
  if (info_.deterministic) info_.lipschitz = lipschitz_bound(raw, inverse_std_);
}

MlpExpert::~MlpExpert() = default;

void MlpExpert::mean(const Situation& situation, std::span<double> actions) const {
  const std::size_t lanes = situation.lanes(), n = info_.observation_dim;
  assert(situation.observations.size() == lanes * n && actions.size() == lanes * info_.action_dim);
  float* from = grown(scratch().from, lanes * widest_);
  float* to = grown(scratch().to, lanes * widest_);
  for (std::size_t i = 0; i < lanes * n; ++i) {
    from[i] = static_cast<float>((situation.observations[i] - observation_mean_[i % n]) * inverse_std_[i % n]);
  }
  for (const Layer& layer : layers_) {
    const Activation activation = &layer == &layers_.back() ? Activation::none : activation_;
    dense(layer.packed.get(), layer.in, layer.out, activation, from, lanes, to);
    std::swap(from, to);
  }
  std::copy_n(from, actions.size(), actions.begin());
}

void MlpExpert::act(const NoiseKey& key, const Situation& situation, std::span<double> actions) const {
  mean(situation, actions);
  if (std_.empty()) return;
  const NoiseKey stream = key.child("expert");
  const std::span noise(grown(scratch().noise, std_.size()), std_.size());
  for (std::size_t lane = 0; lane < situation.lanes(); ++lane) {
    normals(stream, situation.ids[lane], situation.h[lane], noise);
    for (std::size_t i = 0; i < noise.size(); ++i) actions[lane * noise.size() + i] += std_[i] * noise[i];
  }
}

bool MlpExpert::law(const Situation& situation, std::span<ActionLaw> laws) const {
  const std::size_t dim = info_.action_dim;
  std::vector<double> means(situation.lanes() * dim);
  mean(situation, means);
  for (std::size_t lane = 0; lane < laws.size(); ++lane) {
    const auto first = means.begin() + static_cast<std::ptrdiff_t>(lane * dim);
    laws[lane] = {dim, {1.0}, {first, first + static_cast<std::ptrdiff_t>(dim)}, std_};
  }
  return true;
}

ExpertEntry entry_mlp() {
  return {
      "mlp", "a multilayer perceptron from an HDF5 or .npz file", describe_options<MlpExpertConfig>(),
      [](const Spec& spec, std::shared_ptr<const System>) {
        return std::shared_ptr<const Expert>(std::make_shared<MlpExpert>(read_options<MlpExpertConfig>(spec, kWho)));
      }};
}

}  // namespace pianola
