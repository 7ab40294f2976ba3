#include "pianola/policies/runtime.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <new>
#include <type_traits>

#include "pianola/base/dense.hpp"
#include "pianola/base/random.hpp"
#include "pianola/policies/image_layout.hpp"

namespace pianola {
namespace {

using image::Header;
using image::LayerRecord;
using image::Section;

/// An image that passed every check, by address.
struct View {
  std::size_t observation_dim, history, action_dim, chunk, layers;
  std::size_t inputs, positions, logits;
  std::size_t action_values;       // chunk × action_dim
  std::size_t widest;              // output of a hidden layer
  std::size_t largest_vocabulary;  // of a position
  Activation activation;
  const std::byte* base;
  const float *mean, *inverse_std, *levels;
  const std::uint32_t* vocabularies;
  const LayerRecord* records;
  ActionTransform actions;  // without groups: positions are action coordinates

  [[nodiscard]] const float* weights(const LayerRecord& layer) const {
    return reinterpret_cast<const float*>(base + layer.offset);
  }
};

bool is_aligned(const void* address) { return reinterpret_cast<std::uintptr_t>(address) % image::kAlignment == 0; }

bool all_finite(const float* values, std::size_t n) {
  std::uint32_t bad = 0;
  for (std::size_t i = 0; i < n; ++i) {
    bad |= static_cast<std::uint32_t>((std::bit_cast<std::uint32_t>(values[i]) & 0x7F800000U) == 0x7F800000U);
  }
  return bad == 0;
}

bool read_header(std::span<const std::byte> bytes, Header& header) {
  if (bytes.size() < sizeof(Header) || bytes.size() % image::kAlignment != 0) return false;
  std::memcpy(&header, bytes.data(), sizeof header);
  return header.magic == image::kMagic && header.byte_order == image::kByteOrder &&
         header.format_version == image::kFormatVersion && header.total_size == bytes.size() &&
         header.checksum == image::checksum(bytes);
}

/// Whether `count` elements of `width` bytes lie at `offset`, all inside the image. count ≤ 2⁴⁹.
bool lies_inside(std::uint64_t offset, std::uint64_t count, std::uint64_t width, std::uint64_t total) {
  return offset % image::kAlignment == 0 && offset <= total && count * width <= total - offset;
}

bool section_fits(const Section& section, std::uint64_t count, std::uint64_t width, std::uint64_t total) {
  return section.size == count * width && lies_inside(section.offset, count, width, total);
}

bool read_dimensions(const Header& header, View& view) {
  for (const std::uint32_t dimension : {header.observation_dim, header.history, header.action_dim, header.chunk}) {
    if (!image::in_range(dimension)) return false;
  }
  const std::uint64_t inputs = std::uint64_t{header.observation_dim} * header.history;
  const std::uint64_t coordinates = std::uint64_t{header.discrete} + header.continuous;
  const std::uint64_t positions = coordinates * header.chunk, values = std::uint64_t{header.action_dim} * header.chunk;
  if (!image::in_range(coordinates) || !image::in_range(values)) return false;
  if (!image::in_range(inputs) || !image::in_range(positions)) return false;
  if (header.layers < 1 || header.layers > image::kMostLayers || header.activation > Activation::silu) return false;
  view.observation_dim = header.observation_dim;
  view.history = header.history;
  view.action_dim = header.action_dim;
  view.chunk = header.chunk;
  view.layers = header.layers;
  view.inputs = static_cast<std::size_t>(inputs);
  view.positions = static_cast<std::size_t>(positions);
  view.action_values = static_cast<std::size_t>(values);
  view.activation = header.activation;
  return true;
}

bool read_vocabularies(const Header& header, View& view) {
  if (!section_fits(header.vocabularies, view.positions, sizeof(std::uint32_t), header.total_size)) return false;
  view.vocabularies = reinterpret_cast<const std::uint32_t*>(view.base + header.vocabularies.offset);
  std::uint64_t logits = 0;
  view.largest_vocabulary = 0;
  for (std::size_t p = 0; p < view.positions; ++p) {
    if (!image::in_range(view.vocabularies[p])) return false;
    logits += view.vocabularies[p];
    view.largest_vocabulary = std::max<std::size_t>(view.largest_vocabulary, view.vocabularies[p]);
  }
  view.logits = static_cast<std::size_t>(logits);
  return image::in_range(logits);
}

bool read_tables(const Header& header, View& view) {
  const std::uint64_t total = header.total_size;
  if (!section_fits(header.mean, view.inputs, sizeof(float), total)) return false;
  if (!section_fits(header.inverse_std, view.inputs, sizeof(float), total)) return false;
  if (!section_fits(header.levels, view.logits, sizeof(float), total)) return false;
  view.mean = reinterpret_cast<const float*>(view.base + header.mean.offset);
  view.inverse_std = reinterpret_cast<const float*>(view.base + header.inverse_std.offset);
  view.levels = reinterpret_cast<const float*>(view.base + header.levels.offset);
  return all_finite(view.mean, view.inputs) && all_finite(view.inverse_std, view.inputs) &&
         all_finite(view.levels, view.logits);
}

bool read_layers(const Header& header, View& view) {
  if (!section_fits(header.records, view.layers, sizeof(LayerRecord), header.total_size)) return false;
  view.records = reinterpret_cast<const LayerRecord*>(view.base + header.records.offset);
  std::size_t width = view.inputs;
  view.widest = 0;
  for (std::size_t i = 0; i < view.layers; ++i) {
    const LayerRecord& layer = view.records[i];
    if (layer.in != width || !image::in_range(layer.out)) return false;
    if (!lies_inside(layer.offset, image::packed_bytes(layer.in, layer.out), 1, header.total_size)) return false;
    if (!all_finite(view.weights(layer), packed_dense_size(layer.in, layer.out))) return false;
    width = layer.out;
    if (i + 1 < view.layers) view.widest = std::max(view.widest, width);
  }
  return width == view.logits;
}

/// Elements of a section that lies in the image; false if it does not.
template <class T>
bool read_span(const std::byte* base, const Section& section, std::uint64_t total, std::span<const T>& out) {
  if (section.size % sizeof(T) != 0 || !lies_inside(section.offset, section.size, 1, total)) return false;
  out = {reinterpret_cast<const T*>(base + section.offset), static_cast<std::size_t>(section.size / sizeof(T))};
  return true;
}

/// The action representation: none, and then as many coordinates as action dimensions, or one that is sound.
bool read_actions(const Header& header, View& view) {
  ActionTransform& t = view.actions;
  t.action_dim = view.action_dim;
  t.chunk = view.chunk;
  t.observation_dim = view.observation_dim;
  t.discrete = header.discrete;
  t.continuous = header.continuous;
  const std::uint64_t total = header.total_size;
  if (!read_span(view.base, header.groups, total, t.groups) ||
      !read_span(view.base, header.columns, total, t.columns) ||
      !read_span(view.base, header.values, total, t.values)) {
    return false;
  }
  if (t.groups.empty()) return header.discrete == 0 && header.continuous == header.action_dim;
  return is_sound(t);
}

bool read_image(std::span<const std::byte> bytes, View& view) {
  Header header;
  if (!read_header(bytes, header)) return false;
  view.base = bytes.data();
  return read_dimensions(header, view) && read_vocabularies(header, view) && read_tables(header, view) &&
         read_layers(header, view) && read_actions(header, view);
}

}  // namespace

struct Runtime::State {
  View view;
  bool started;      // the history holds observations
  float* window;     // [history × observation_dim], the newest last
  float* input;      // the same, normalised, with the present observation
  float* hidden[2];  // [widest]
  float* logits;     // [logits]
  float* held;       // [chunk × action_dim], the last decision
  float* decided;    // [positions], in the model; `held` itself where actions are not represented
  float* weights;    // [largest_vocabulary]

  /// Lays the buffers out behind this state in `memory`; null: only counts. Returns the bytes needed.
  /// No overflow: each buffer is smaller than the image that was checked.
  std::size_t place(std::byte* memory) noexcept {
    std::size_t used = image::aligned(sizeof(State));
    const auto take = [&used, memory](auto*& buffer, std::size_t count) {
      if (memory != nullptr) buffer = reinterpret_cast<std::remove_reference_t<decltype(buffer)>>(memory + used);
      used += image::aligned(count * sizeof(*buffer));
    };
    take(window, view.inputs);
    take(input, view.inputs);
    take(hidden[0], view.widest);
    take(hidden[1], view.widest);
    take(logits, view.logits);
    take(held, view.action_values);
    decided = held;
    if (!view.actions.groups.empty()) take(decided, view.positions);
    take(weights, view.largest_vocabulary);
    return used;
  }

  void normalise(const float* raw, std::size_t at) noexcept {
    for (std::size_t i = 0; i < view.observation_dim; ++i) {
      input[at + i] = (raw[i] - view.mean[at + i]) * view.inverse_std[at + i];
    }
  }

  void remember(std::span<const float> observation) noexcept {
    const std::size_t dim = view.observation_dim;
    if (started) {
      std::memmove(window, window + dim, (view.inputs - dim) * sizeof(float));
      std::copy(observation.begin(), observation.end(), window + view.inputs - dim);
    } else {
      for (std::size_t at = 0; at < view.inputs; at += dim) {
        std::copy(observation.begin(), observation.end(), window + at);
      }
      started = true;
    }
  }

  /// exp((logit − max)/temperature) of one position into `weights`; returns their sum.
  double exponentiate(std::span<const float> of, double temperature) noexcept {
    softmax_weights(of, of[argmax(of)], temperature, weights);
    double total = 0.0;
    for (std::size_t k = 0; k < of.size(); ++k) total += static_cast<double>(weights[k]);
    return total;
  }
};

namespace {

/// First k whose cumulative weight exceeds u · total; never one of weight 0, even if rounding leaves the sum below.
std::size_t draw(const float* weights, std::size_t n, double threshold) {
  double cumulative = 0.0;
  std::size_t last = 0;
  for (std::size_t k = 0; k < n; ++k) {
    if (weights[k] == 0.0F) continue;
    cumulative += static_cast<double>(weights[k]);
    last = k;
    if (cumulative > threshold) break;
  }
  return last;
}

double mean_level(const float* weights, const float* levels, std::size_t n, double total) {
  double sum = 0.0;
  for (std::size_t k = 0; k < n; ++k) sum += static_cast<double>(weights[k]) * static_cast<double>(levels[k]);
  return sum / total;
}

}  // namespace

const char* status_text(Status status) noexcept {
  switch (status) {
    case Status::ok:
      return "ok";
    case Status::bad_image:
      return "the bytes are no runtime image of this version, or are damaged: export the policy again";
    case Status::small_memory:
      return "the working memory is smaller than Runtime::required_bytes(image)";
    case Status::misaligned:
      return "image and working memory must be aligned to 64 bytes";
    case Status::wrong_size:
      return "a span has another length than observation_dim(), chunk() * action_dim() or logits_size()";
    case Status::not_finite:
      return "the observation or a logit is NaN or Inf; the action was set by OnError";
    case Status::not_bound:
      return "the runtime is not bound to an image: call Runtime::bind first";
    case Status::bad_option:
      return "the temperature must be a finite number above 0, and the mode a known one";
  }
  return "unknown status";
}

std::size_t Runtime::required_bytes(std::span<const std::byte> image) noexcept {
  State state{};
  if (!is_aligned(image.data()) || !read_image(image, state.view)) return 0;
  return state.place(nullptr);
}

Status Runtime::bind(std::span<const std::byte> image, std::span<std::byte> memory, Runtime& out) noexcept {
  out = Runtime();
  if (!is_aligned(image.data()) || !is_aligned(memory.data())) return Status::misaligned;
  State state{};
  if (!read_image(image, state.view)) return Status::bad_image;
  if (state.place(nullptr) > memory.size()) return Status::small_memory;
  state.place(memory.data());
  out.state_ = new (memory.data()) State(state);
  out.reset();
  activate(Activation::none, {});  // the kernels ask the processor what it is now, not in the first act()
  return Status::ok;
}

void Runtime::reset() noexcept {
  if (state_ == nullptr) return;
  state_->started = false;
  std::fill_n(state_->held, state_->view.action_values, 0.0F);
}

Status Runtime::configure(RuntimeDecode decode, float temperature, OnError on_error) noexcept {
  const bool warm = std::isfinite(temperature) && temperature > 0.0F;
  if (!warm || decode > RuntimeDecode::mean || on_error > OnError::zero) return Status::bad_option;
  decode_ = decode;
  temperature_ = temperature;
  on_error_ = on_error;
  return Status::ok;
}

/// Logits of the history with this observation as its newest, into the state.
Status Runtime::forward(std::span<const float> observation) noexcept {
  State& state = *state_;
  const View& view = state.view;
  if (!all_finite(observation.data(), observation.size())) return Status::not_finite;
  const std::size_t newest = view.inputs - view.observation_dim;
  for (std::size_t at = 0; at < newest; at += view.observation_dim) {
    state.normalise(state.started ? state.window + at + view.observation_dim : observation.data(), at);
  }
  state.normalise(observation.data(), newest);
  const float* x = state.input;
  for (std::size_t i = 0; i < view.layers; ++i) {
    const LayerRecord& layer = view.records[i];
    const bool last = i + 1 == view.layers;
    float* const y = last ? state.logits : state.hidden[i % 2];
    dense(view.weights(layer), layer.in, layer.out, last ? Activation::none : view.activation, x, 1, y);
    x = y;
  }
  return all_finite(state.logits, view.logits) ? Status::ok : Status::not_finite;
}

/// Decodes the logits of all positions into the held action, seen from this observation.
void Runtime::decide(std::span<const float> observation, std::uint64_t key) noexcept {
  State& state = *state_;
  const View& view = state.view;
  std::size_t at = 0;
  for (std::size_t p = 0; p < view.positions; ++p) {
    const std::size_t n = view.vocabularies[p];
    const std::span<const float> logits(state.logits + at, n);
    const float* const levels = view.levels + at;
    at += n;
    if (decode_ == RuntimeDecode::argmax) {
      state.decided[p] = levels[argmax(logits)];
      continue;
    }
    const double total = state.exponentiate(logits, static_cast<double>(temperature_));
    if (decode_ == RuntimeDecode::mean) {
      state.decided[p] = static_cast<float>(mean_level(state.weights, levels, n, total));
    } else {
      const double u = uniform(NoiseKey(key), 0, 0, static_cast<std::uint32_t>(p));
      state.decided[p] = levels[draw(state.weights, n, u * total)];
    }
  }
  if (!view.actions.groups.empty()) to_actions(view.actions, observation.data(), state.decided, state.held);
}

/// The action of a step that cannot be decided; of a held chunk, its last action.
Status Runtime::fail(std::span<float> action) noexcept {
  const std::size_t dim = state_->view.action_dim;
  const float* const last = state_->held + state_->view.action_values - dim;
  for (std::size_t i = 0; i < action.size(); ++i) action[i] = on_error_ == OnError::hold ? last[i % dim] : 0.0F;
  return Status::not_finite;
}

Status Runtime::act(std::span<const float> observation, std::uint64_t key, std::span<float> action) noexcept {
  if (state_ == nullptr) return Status::not_bound;
  const View& view = state_->view;
  if (observation.size() != view.observation_dim || action.size() != view.action_values) return Status::wrong_size;
  if (forward(observation) != Status::ok) return fail(action);
  state_->remember(observation);
  decide(observation, key);
  std::copy_n(state_->held, view.action_values, action.begin());
  return Status::ok;
}

Status Runtime::logits(std::span<const float> observation, std::span<float> out) noexcept {
  if (state_ == nullptr) return Status::not_bound;
  const View& view = state_->view;
  if (observation.size() != view.observation_dim || out.size() != view.logits) return Status::wrong_size;
  const Status status = forward(observation);
  if (status == Status::ok) std::copy_n(state_->logits, view.logits, out.begin());
  return status;
}

std::size_t Runtime::observation_dim() const noexcept { return state_ == nullptr ? 0 : state_->view.observation_dim; }
std::size_t Runtime::action_dim() const noexcept { return state_ == nullptr ? 0 : state_->view.action_dim; }
std::size_t Runtime::chunk() const noexcept { return state_ == nullptr ? 0 : state_->view.chunk; }
std::size_t Runtime::history() const noexcept { return state_ == nullptr ? 0 : state_->view.history; }
std::size_t Runtime::logits_size() const noexcept { return state_ == nullptr ? 0 : state_->view.logits; }

}  // namespace pianola
