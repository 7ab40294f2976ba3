#include "pianola/policies/model_runtime.hpp"

#include <algorithm>
#include <cmath>
#include <new>

#include "pianola/policies/image_parts.hpp"
#include "pianola/policies/mixture_deviation.hpp"
#include "pianola/policies/model_layout.hpp"
#include "pianola/policies/runtime_buffers.hpp"
#include "pianola/policies/training_range.hpp"
#include "pianola/systems/angle_turn.hpp"

namespace pianola {
namespace {

using image::read_section;
using model_image::Header;
using model_image::MemberRecord;

/// One network of the image; everything it names passed every check.
struct Member {
  std::span<const float> mean, inverse_std, shift, scale;
  image::DenseLayers layers;
  std::size_t components = 1, outputs = 0;

  bool read(std::span<const std::byte> bytes, const MemberRecord& record, std::size_t inputs,
            std::uint64_t dim) noexcept {
    const std::uint64_t count = record.layers.size / sizeof(image::LayerRecord);
    if (!image::in_range(record.components) || record.deviations > 1) return false;
    if (record.components > 1 && record.deviations == 0) return false;
    if (record.components * dim > image::kLargestDimension) return false;
    if (count < 1 || count > image::kMostLayers || record.activation > Activation::silu) return false;
    components = record.components;
    outputs = static_cast<std::size_t>(first_mean() + components * dim * (record.deviations == 1 ? 2 : 1));
    if (!read_section(bytes, record.mean, inputs, mean) ||
        !read_section(bytes, record.inverse_std, inputs, inverse_std) ||
        !read_section(bytes, record.shift, dim, shift) || !read_section(bytes, record.scale, dim, scale)) {
      return false;
    }
    for (const auto* table : {&mean, &inverse_std, &shift, &scale}) {
      if (!all_finite(table->data(), table->size())) return false;
    }
    return layers.read(bytes, record.layers, count, record.activation, inputs, outputs);
  }

  /// Where the means stand among the outputs, behind the components' weights.
  [[nodiscard]] std::size_t first_mean() const noexcept { return components > 1 ? components : 0; }

  /// The component of most density at its own mean.
  [[nodiscard]] std::size_t densest(const float* out, std::size_t dim) const noexcept {
    std::size_t best = 0;
    double most = -HUGE_VAL;
    for (std::size_t j = 0; components > 1 && j < components; ++j) {
      double density = static_cast<double>(out[j]);
      for (std::size_t d = 0; d < dim; ++d) {
        density -= std::log(mixture_deviation(out[components + (components + j) * dim + d]));
      }
      if (density > most) best = j, most = density;
    }
    return best;
  }
};

}  // namespace

/// Lies at the start of the caller's memory; everything it names passed every check.
struct ModelRuntime::State {
  Header header;
  std::span<const std::byte> image;
  std::span<const float> low, high;
  std::span<const std::uint32_t> angles, circles;
  std::span<const MemberRecord> records;
  std::size_t inputs, outputs, widest;  // of the members, the most
  bool started;
  std::uint64_t steps, left;
  double apart;
  Member* members;   // [records]
  float* now;        // x̃, [observation_dim]
  float* next;       // [observation_dim]
  float* features;   // [inputs]
  float* seen;       // [inputs], normalised for a member
  float* hidden[2];  // [widest]
  float* out;        // [outputs]
  double* mean;      // [observation_dim], over the members: of the increments' modes
  double* square;    // [observation_dim]: sum of squared deviations from that

  [[nodiscard]] std::size_t dim() const noexcept { return header.observation_dim; }

  bool read(std::span<const std::byte> bytes) noexcept {
    if (!image::read_header(bytes, model_image::kMagic, header)) return false;
    if (header.format_version != model_image::kVersion) return false;
    if (!image::in_range(header.observation_dim) || !image::in_range(header.action_dim)) return false;
    image = bytes;
    return read_geometry() && read_range() && read_members();
  }

  /// Columns inside the observation, each once.
  bool read_geometry() noexcept {
    if (!read_section(image, header.angles, angles) || !read_section(image, header.circles, circles)) return false;
    for (std::size_t i = 0; i < angles.size(); ++i) {
      if (angles[i] >= dim() || (i > 0 && angles[i] <= angles[i - 1])) return false;
    }
    for (std::size_t i = 0; i < circles.size(); ++i) {
      if (circles[i] + std::uint64_t{1} >= dim() || (i > 0 && circles[i] < circles[i - 1] + 2)) return false;
      for (const std::uint32_t angle : angles) {
        if (angle == circles[i] || angle == circles[i] + 1) return false;
      }
    }
    inputs = dim() + angles.size() + header.action_dim;
    return true;
  }

  bool read_range() noexcept {
    bool sound = read_section(image, header.low, dim(), low) && read_section(image, header.high, dim(), high) &&
                 all_finite(low.data(), low.size()) && all_finite(high.data(), high.size());
    for (std::size_t d = 0; sound && d < dim(); ++d) sound = low[d] <= high[d];
    return sound;
  }

  bool read_members() noexcept {
    if (!read_section(image, header.members, records)) return false;
    if (records.empty() || records.size() > model_image::kMostMembers) return false;
    outputs = widest = 0;
    for (const MemberRecord& record : records) {
      Member member;
      if (!member.read(image, record, inputs, dim())) return false;
      outputs = std::max(outputs, member.outputs);
      widest = std::max(widest, member.layers.widest());
    }
    return true;
  }

  /// Lays the buffers out behind this state in `memory`; null: only counts. Returns the bytes needed.
  std::size_t place(std::byte* memory) noexcept {
    RuntimeBuffers buffers(memory, sizeof(State));
    buffers.take(members, records.size());
    buffers.take(now, dim());
    buffers.take(next, dim());
    buffers.take(features, inputs);
    buffers.take(seen, inputs);
    for (float*& buffer : hidden) buffers.take(buffer, widest);
    buffers.take(out, outputs);
    buffers.take(mean, dim());
    buffers.take(square, dim());
    return buffers.used();
  }

  /// The members, where place() has put them. They were read before, so that this cannot fail.
  void place_members() noexcept {
    for (std::size_t j = 0; j < records.size(); ++j) {
      auto* const member = new (members + j) Member;
      static_cast<void>(member->read(image, records[j], inputs, dim()));
    }
  }

  /// What the networks see: the state, angles as cosine, their sines at the end, the action.
  void look(std::span<const float> action) noexcept {
    std::copy_n(now, dim(), features);
    for (std::size_t i = 0; i < angles.size(); ++i) {
      features[angles[i]] = std::cos(now[angles[i]]);
      features[dim() + i] = std::sin(now[angles[i]]);
    }
    std::copy(action.begin(), action.end(), features + dim() + angles.size());
  }

  /// Adds this member's mode of the increment, as the n-th, to mean and square (Welford); false if it is not finite.
  bool add_mode(const Member& member, std::size_t n) noexcept {
    for (std::size_t i = 0; i < inputs; ++i) seen[i] = (features[i] - member.mean[i]) * member.inverse_std[i];
    member.layers.run(seen, hidden[0], hidden[1], out);
    if (!all_finite(out, member.outputs)) return false;
    const float* const mode = out + member.first_mean() + member.densest(out, dim()) * dim();
    for (std::size_t d = 0; d < dim(); ++d) {
      const double increment = double{member.shift[d]} + double{member.scale[d]} * double{mode[d]};
      const double gap = increment - mean[d];
      mean[d] += gap / static_cast<double>(n);
      square[d] += gap * (increment - mean[d]);
    }
    return true;
  }

  /// mean and square of all members; false, and disagreement without bound, if one has no law.
  bool find_modes() noexcept {
    std::fill_n(mean, dim(), 0.0);
    std::fill_n(square, dim(), 0.0);
    apart = HUGE_VAL;
    for (std::size_t j = 0; j < records.size(); ++j) {
      if (!add_mode(members[j], j + 1)) return false;
    }
    apart = records.size() > 1 ? spread() : 0.0;
    return true;
  }

  /// √ mean_d (std over members of mode_d / range_d)².
  [[nodiscard]] double spread() const noexcept {
    double sum = 0.0;
    for (std::size_t d = 0; d < dim(); ++d) {
      if (never_moved(low[d], high[d])) continue;
      const double range = double{high[d]} - double{low[d]};
      sum += square[d] / static_cast<double>(records.size() - 1) / (range * range);
    }
    return std::sqrt(sum / static_cast<double>(dim()));
  }

  /// next ← x̃ moved by the mean of the modes.
  void move() noexcept {
    for (std::size_t d = 0; d < dim(); ++d) next[d] = static_cast<float>(double{now[d]} + mean[d]);
    for (const std::uint32_t d : angles) {
      const double turn = turn_middle(double{low[d]}, double{high[d]});
      next[d] = static_cast<float>(wrap_angle(double{next[d]}, turn));
    }
    for (const std::uint32_t d : circles) {
      const float radius = std::hypot(next[d], next[d + 1]);
      if (radius > 0.0F) {
        next[d] /= radius;
        next[d + 1] /= radius;
      } else {
        std::copy_n(now + d, 2, next + d);
      }
    }
    for (std::size_t d = 0; d < dim(); ++d) {
      if (never_moved(low[d], high[d])) next[d] = now[d];
    }
  }

  /// As observation_distance (systems/observation_geometry.hpp).
  [[nodiscard]] double distance(std::span<const float> observation) const noexcept {
    double sum = 0.0;
    std::size_t angle = 0;
    for (std::size_t d = 0; d < dim(); ++d) {
      double gap = double{observation[d]} - double{now[d]};
      if (angle < angles.size() && angles[angle] == d) {
        gap = wrap_angle(gap, 0.0);
        ++angle;
      }
      sum += gap * gap;
    }
    return std::sqrt(sum);
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
  out.state_->place_members();
  std::fill_n(out.state_->now, state.dim(), 0.0F);
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
  state_->apart = 0.0;
  return Status::ok;
}

Status ModelRuntime::step(std::span<const float> action) noexcept {
  if (state_ == nullptr) return Status::not_bound;
  State& s = *state_;
  if (action.size() != s.header.action_dim) return Status::wrong_size;
  if (!s.started || !all_finite(action.data(), action.size())) return Status::not_finite;
  s.look(action);
  if (!s.find_modes()) return Status::not_finite;
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

double ModelRuntime::disagreement() const noexcept { return state_ == nullptr ? 0.0 : state_->apart; }

double ModelRuntime::distance(std::span<const float> observation) const noexcept {
  const bool sound = state_ != nullptr && state_->started && observation.size() == state_->dim() &&
                     all_finite(observation.data(), observation.size());
  return sound ? state_->distance(observation) : HUGE_VAL;
}

std::uint64_t ModelRuntime::left_range() const noexcept { return state_ == nullptr ? 0 : state_->left; }
std::size_t ModelRuntime::observation_dim() const noexcept {
  return state_ == nullptr ? 0 : state_->header.observation_dim;
}
std::size_t ModelRuntime::members() const noexcept { return state_ == nullptr ? 0 : state_->records.size(); }
std::size_t ModelRuntime::action_dim() const noexcept { return state_ == nullptr ? 0 : state_->header.action_dim; }

}  // namespace pianola
