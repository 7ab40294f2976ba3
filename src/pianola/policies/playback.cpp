#include "pianola/policies/playback.hpp"

#include <algorithm>
#include <cmath>
#include <new>
#include <utility>

#include "pianola/policies/image_parts.hpp"
#include "pianola/policies/runtime_buffers.hpp"

namespace pianola {

struct Playback::State {
  PlaybackOptions options;
  std::size_t chunk = 1, dim = 1;
  std::uint64_t now = 0;                                  // steps played since reset
  std::uint64_t asked = 0;                                // the step of the last decision that began
  std::uint64_t playing_of = 0;                           // the step whose decision is playing
  bool under_way = false, begun = false, failed = false;  // of the last decision that began
  bool pending = false, playing = false;                  // whether there are chunks in `next` and `current`
  bool limited = false, fresh = true;
  double *last, *rates, *periods;  // [dim]; last: what was played
  float* start;                    // [dim]
  float *current, *next;           // [chunk × dim]

  std::size_t place(std::byte* memory) noexcept {
    RuntimeBuffers buffers(memory, sizeof(State));
    for (double** const buffer : {&last, &rates, &periods}) buffers.take(*buffer, dim);
    buffers.take(start, dim);
    buffers.take(current, chunk * dim);
    buffers.take(next, chunk * dim);
    return buffers.used();
  }

  /// Plays the chunk that came, from the step on that it was decided for.
  void adopt() noexcept {
    if (!pending || now < asked + options.delay) return;
    std::swap(current, next);
    playing_of = asked;
    playing = true;
    pending = false;
  }

  /// The policy's action at a step from now on, if it is known; null where no chunk has one.
  [[nodiscard]] const float* action_at(std::uint64_t step) const noexcept {
    if (!playing) return begun && step < asked + options.delay ? start : nullptr;
    const std::uint64_t age = step - playing_of;
    return age < chunk ? current + static_cast<std::size_t>(age) * dim : nullptr;
  }

  [[nodiscard]] double fallback(std::size_t d) const noexcept {
    return options.on_expired == OnError::hold ? last[d] : 0.0;
  }

  /// What is played in dimension d where the policy wants this.
  [[nodiscard]] double limit(std::size_t d, double wanted) const noexcept {
    if (!limited || fresh) return wanted;
    double change = wanted - last[d];
    if (periods[d] > 0.0) change = wrapped(change, periods[d]);
    return std::abs(change) > rates[d] ? last[d] + std::copysign(rates[d], change) : wanted;
  }
};

std::size_t Playback::required_bytes(std::size_t chunk, std::size_t action_dim) noexcept {
  if (!image::in_range(chunk) || !image::in_range(action_dim) || !image::in_range(chunk * action_dim)) return 0;
  State state{};
  state.chunk = chunk;
  state.dim = action_dim;
  return state.place(nullptr);
}

Status Playback::bind(std::size_t chunk, std::size_t action_dim, const PlaybackOptions& options,
                      std::span<std::byte> memory, Playback& out) noexcept {
  out = Playback();
  const std::size_t needed = required_bytes(chunk, action_dim);
  if (needed == 0) return Status::wrong_size;
  const bool fits = options.execute >= 1 && options.execute <= chunk && options.delay <= options.execute &&
                    options.delay + options.execute <= chunk;
  if (!fits || options.on_expired > OnError::zero) return Status::bad_option;
  if (!is_image_aligned(memory.data())) return Status::misaligned;
  if (memory.size() < needed) return Status::small_memory;
  State state{};
  state.options = options;
  state.chunk = chunk;
  state.dim = action_dim;
  state.place(memory.data());
  out.state_ = new (memory.data()) State(state);
  return out.reset();
}

Status Playback::limit(std::span<const float> rates, std::span<const float> periods) noexcept {
  if (state_ == nullptr) return Status::not_bound;
  State& s = *state_;
  const auto fits = [&](std::span<const float> values) { return values.empty() || values.size() == s.dim; };
  if (!fits(rates) || !fits(periods)) return Status::wrong_size;
  const auto positive = [](float x) { return x > 0.0F; };
  const auto period = [](float x) { return x >= 0.0F && std::isfinite(x); };
  if (!std::ranges::all_of(rates, positive) || !std::ranges::all_of(periods, period)) return Status::bad_option;
  s.limited = !rates.empty();
  std::ranges::copy(rates, s.rates);
  std::fill_n(s.periods, s.dim, 0.0);
  std::ranges::copy(periods, s.periods);
  return Status::ok;
}

Status Playback::reset(std::span<const float> start) noexcept {
  if (state_ == nullptr) return Status::not_bound;
  State& s = *state_;
  if (!start.empty() && start.size() != s.dim) return Status::wrong_size;
  if (!all_finite(start.data(), start.size())) return Status::not_finite;
  s.now = s.asked = s.playing_of = 0;
  s.under_way = s.begun = s.failed = s.playing = s.pending = false;
  s.fresh = true;
  std::fill_n(s.start, s.dim, 0.0F);
  std::ranges::copy(start, s.start);
  std::copy_n(s.start, s.dim, s.last);
  return Status::ok;
}

bool Playback::due() const noexcept {
  if (state_ == nullptr || state_->under_way) return false;
  return !state_->begun || state_->failed || state_->now >= state_->asked + state_->options.execute;
}

Status Playback::begin(std::span<float> committed) noexcept {
  if (state_ == nullptr) return Status::not_bound;
  State& s = *state_;
  if (committed.size() != s.options.delay * s.dim) return Status::wrong_size;
  if (!due()) return Status::bad_option;
  s.adopt();
  s.begun = s.under_way = true;
  s.failed = false;
  s.asked = s.now;
  for (std::size_t k = 0; k < s.options.delay; ++k) {
    const float* const known = s.action_at(s.now + k);
    for (std::size_t d = 0; d < s.dim; ++d) {
      committed[k * s.dim + d] = known != nullptr ? known[d] : static_cast<float>(s.fallback(d));
    }
  }
  return Status::ok;
}

Status Playback::take(std::span<const float> chunk) noexcept {
  if (state_ == nullptr) return Status::not_bound;
  State& s = *state_;
  if (chunk.size() != s.chunk * s.dim) return Status::wrong_size;
  if (!s.under_way) return Status::bad_option;
  if (!all_finite(chunk.data(), chunk.size())) return Status::not_finite;
  std::ranges::copy(chunk, s.next);
  s.pending = true;
  s.under_way = false;
  return Status::ok;
}

void Playback::abandon() noexcept {
  if (state_ == nullptr || !state_->under_way) return;
  state_->under_way = false;
  state_->failed = true;
}

Status Playback::play(std::span<float> action) noexcept {
  if (state_ == nullptr) return Status::not_bound;
  State& s = *state_;
  if (action.size() != s.dim) return Status::wrong_size;
  s.adopt();
  const float* const known = s.action_at(s.now);
  for (std::size_t d = 0; d < s.dim; ++d) {
    s.last[d] = s.limit(d, known != nullptr ? static_cast<double>(known[d]) : s.fallback(d));
    action[d] = static_cast<float>(s.last[d]);
  }
  s.fresh = s.fresh && known == nullptr;
  ++s.now;
  return known != nullptr ? Status::ok : Status::expired;
}

}  // namespace pianola
