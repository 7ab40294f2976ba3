#include "pianola/policies/model_runtime.hpp"

#include <algorithm>
#include <cmath>
#include <new>
#include <numbers>

#include "pianola/policies/image_parts.hpp"
#include "pianola/policies/mixture_deviation.hpp"
#include "pianola/policies/model_layout.hpp"
#include "pianola/policies/runtime_buffers.hpp"
#include "pianola/policies/training_range.hpp"

namespace pianola {
namespace {

using image::read_section;
using model_image::Header;

float wrap(float angle) noexcept {
  return static_cast<float>(std::remainder(static_cast<double>(angle), 2.0 * std::numbers::pi));
}

}  // namespace

/// Lies at the start of the caller's memory; everything it names passed every check.
struct ModelRuntime::State {
  Header header;
  std::span<const float> mean, inverse_std, shift, scale, low, high;
  std::span<const std::uint32_t> angles, circles;
  image::DenseLayers layers;
  std::size_t inputs, outputs;
  bool started;
  std::uint64_t steps, left;
  float* now;        // x̃, [observation_dim]
  float* next;       // [observation_dim]
  float* seen;       // [inputs]
  float* hidden[2];  // [widest]
  float* out;        // [outputs]

  bool read(std::span<const std::byte> bytes) noexcept {
    if (!image::read_header(bytes, model_image::kMagic, header)) return false;
    if (header.format_version != model_image::kVersion) return false;
    const std::uint64_t dim = header.observation_dim;
    if (!image::in_range(dim) || !image::in_range(header.action_dim) || !image::in_range(header.components))
      return false;
    if (header.deviations > 1 || header.components * dim > image::kLargestDimension) return false;
    if (header.layers < 1 || header.layers > image::kMostLayers || header.activation > Activation::silu) return false;
    return read_geometry(bytes) && read_tables(bytes) &&
           layers.read(bytes, header.records, header.layers, header.activation, inputs, outputs);
  }

  /// Columns inside the observation, each once.
  bool read_geometry(std::span<const std::byte> bytes) noexcept {
    const std::uint64_t dim = header.observation_dim;
    if (!read_section(bytes, header.angles, angles) || !read_section(bytes, header.circles, circles)) return false;
    for (std::size_t i = 0; i < angles.size(); ++i) {
      if (angles[i] >= dim || (i > 0 && angles[i] <= angles[i - 1])) return false;
    }
    for (std::size_t i = 0; i < circles.size(); ++i) {
      if (circles[i] + std::uint64_t{1} >= dim || (i > 0 && circles[i] < circles[i - 1] + 2)) return false;
      for (const std::uint32_t angle : angles) {
        if (angle == circles[i] || angle == circles[i] + 1) return false;
      }
    }
    inputs = static_cast<std::size_t>(dim + angles.size() + header.action_dim);
    const std::uint64_t weights = header.components > 1 ? header.components : 0;
    outputs = static_cast<std::size_t>(weights + header.components * dim * (header.deviations == 1 ? 2 : 1));
    return header.components == 1 || header.deviations == 1;
  }

  bool read_tables(std::span<const std::byte> bytes) noexcept {
    const std::uint64_t dim = header.observation_dim;
    bool sound = read_section(bytes, header.mean, inputs, mean) &&
                 read_section(bytes, header.inverse_std, inputs, inverse_std) &&
                 read_section(bytes, header.shift, dim, shift) && read_section(bytes, header.scale, dim, scale) &&
                 read_section(bytes, header.low, dim, low) && read_section(bytes, header.high, dim, high);
    for (const auto* table : {&mean, &inverse_std, &shift, &scale, &low, &high}) {
      sound = sound && all_finite(table->data(), table->size());
    }
    for (std::size_t d = 0; sound && d < dim; ++d) sound = low[d] <= high[d];
    return sound;
  }

  /// Lays the buffers out behind this state in `memory`; null: only counts. Returns the bytes needed.
  std::size_t place(std::byte* memory) noexcept {
    RuntimeBuffers buffers(memory, sizeof(State));
    buffers.take(now, header.observation_dim);
    buffers.take(next, header.observation_dim);
    buffers.take(seen, inputs);
    for (float*& buffer : hidden) buffers.take(buffer, layers.widest());
    buffers.take(out, outputs);
    return buffers.used();
  }

  /// What the network sees: the state, angles as cosine, their sines at the end, the action; normalised.
  void look(std::span<const float> action) noexcept {
    const std::size_t dim = header.observation_dim;
    std::copy_n(now, dim, seen);
    for (std::size_t i = 0; i < angles.size(); ++i) {
      seen[angles[i]] = std::cos(now[angles[i]]);
      seen[dim + i] = std::sin(now[angles[i]]);
    }
    std::copy(action.begin(), action.end(), seen + dim + angles.size());
    for (std::size_t i = 0; i < inputs; ++i) seen[i] = (seen[i] - mean[i]) * inverse_std[i];
  }

  /// The component of most density at its own mean.
  [[nodiscard]] std::size_t densest() const noexcept {
    const std::size_t k = header.components, dim = header.observation_dim;
    std::size_t best = 0;
    double most = -HUGE_VAL;
    for (std::size_t j = 0; k > 1 && j < k; ++j) {
      double density = static_cast<double>(out[j]);
      for (std::size_t d = 0; d < dim; ++d) density -= std::log(mixture_deviation(out[k + (k + j) * dim + d]));
      if (density > most) best = j, most = density;
    }
    return best;
  }

  /// next ← x̃ moved by the mode of the increment.
  void move() noexcept {
    const std::size_t dim = header.observation_dim, first = header.components > 1 ? header.components : 0;
    const float* const mode = out + first + densest() * dim;
    for (std::size_t d = 0; d < dim; ++d) next[d] = now[d] + shift[d] + scale[d] * mode[d];
    for (const std::uint32_t d : angles) next[d] = wrap(next[d]);
    for (const std::uint32_t d : circles) {
      const float radius = std::hypot(next[d], next[d + 1]);
      if (radius > 0.0F) {
        next[d] /= radius;
        next[d + 1] /= radius;
      } else {
        std::copy_n(now + d, 2, next + d);
      }
    }
    for (std::size_t d = 0; d < dim; ++d) {
      if (never_moved(low[d], high[d])) next[d] = now[d];
    }
  }
};

std::size_t ModelRuntime::required_bytes(std::span<const std::byte> image) noexcept {
  State state{};
  if (!is_image_aligned(image.data()) || !state.read(image)) return 0;
  return state.place(nullptr);
}

Status ModelRuntime::bind(std::span<const std::byte> image, std::span<std::byte> memory, ModelRuntime& out) noexcept {
  out = ModelRuntime();
  if (!is_image_aligned(image.data()) || !is_image_aligned(memory.data())) return Status::misaligned;
  State state{};
  if (!state.read(image)) return Status::bad_image;
  if (state.place(nullptr) > memory.size()) return Status::small_memory;
  state.place(memory.data());
  out.state_ = new (memory.data()) State(state);
  std::fill_n(out.state_->now, state.header.observation_dim, 0.0F);
  activate(Activation::none, {});  // the kernels ask the processor what it is now, not in the first step()
  return Status::ok;
}

bool ModelRuntime::belongs_to(std::span<const std::byte> policy_image) const noexcept {
  return state_ != nullptr && policy_image.size() >= sizeof(image::Header) && policy_image.size() % 8 == 0 &&
         image::checksum(policy_image) == state_->header.policy_checksum;
}

Status ModelRuntime::start(std::span<const float> observation) noexcept {
  if (state_ == nullptr) return Status::not_bound;
  if (observation.size() != state_->header.observation_dim) return Status::wrong_size;
  if (!all_finite(observation.data(), observation.size())) return Status::not_finite;
  std::copy(observation.begin(), observation.end(), state_->now);
  state_->started = true;
  state_->steps = state_->left = 0;
  return Status::ok;
}

Status ModelRuntime::step(std::span<const float> action) noexcept {
  if (state_ == nullptr) return Status::not_bound;
  State& s = *state_;
  if (action.size() != s.header.action_dim) return Status::wrong_size;
  if (!s.started || !all_finite(action.data(), action.size())) return Status::not_finite;
  s.look(action);
  s.layers.run(s.seen, s.hidden[0], s.hidden[1], s.out);
  if (!all_finite(s.out, s.outputs)) return Status::not_finite;
  s.move();
  ++s.steps;
  const float outside = widths_outside(s.low, s.high, {s.next, s.low.size()});
  if (outside > 0.0F && s.left == 0) s.left = s.steps;
  if (!(outside <= 1.0F)) return Status::not_finite;
  std::copy_n(s.next, s.header.observation_dim, s.now);
  return Status::ok;
}

std::span<const float> ModelRuntime::state() const noexcept {
  if (state_ == nullptr) return {};
  return {state_->now, state_->header.observation_dim};
}

std::uint64_t ModelRuntime::left_range() const noexcept { return state_ == nullptr ? 0 : state_->left; }
std::size_t ModelRuntime::observation_dim() const noexcept {
  return state_ == nullptr ? 0 : state_->header.observation_dim;
}
std::size_t ModelRuntime::action_dim() const noexcept { return state_ == nullptr ? 0 : state_->header.action_dim; }

}  // namespace pianola
