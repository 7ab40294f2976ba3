#include "pianola/policies/runtime.hpp"

#include <algorithm>
#include <cmath>
#include <new>

#include "pianola/base/dense.hpp"
#include "pianola/base/random.hpp"
#include "pianola/policies/chunk_code_core.hpp"
#include "pianola/policies/image_view.hpp"
#include "pianola/policies/runtime_buffers.hpp"

namespace pianola {

struct Runtime::State {
  ImageView view;
  transformer::Workspace workspace;
  chunk_code::Decoder code;  // of positions behind the scalar ones
  bool started;              // the history holds observations
  float* window;             // [history × observation_dim], the newest last
  float* present;            // the same with the present observation
  float* input;              // the same, normalised, of an MLP
  float* hidden[2];          // [widest], of an MLP
  float* logits;             // [logits]
  float* held;               // [chunk × action_dim], what was last to be played
  std::size_t playing;       // which of its actions is played at this step, as far as steps are known
  float* decided;            // [coordinates], in the model
  float* given;              // the same of a chunk that begins with committed actions
  float* partial;            // [chunk × action_dim], that chunk
  float* weights;            // [largest_vocabulary]

  /// Lays the buffers out behind this state in `memory`; null: only counts. Returns the bytes needed.
  /// No overflow: each buffer is at most a few times as large as a part of the image that was checked.
  std::size_t place(std::byte* memory) noexcept {
    RuntimeBuffers buffers(memory, sizeof(State));
    buffers.take(window, view.inputs);
    buffers.take(present, view.inputs);
    buffers.take(logits, view.logits);
    buffers.take(held, view.action_values);
    buffers.take(decided, view.coordinates);
    buffers.take(given, view.coordinates);
    buffers.take(partial, view.action_values);
    buffers.take(weights, view.largest_vocabulary);
    if (view.has_code) code = {view.code, buffers};
    if (!view.is_transformer) {
      buffers.take(input, view.inputs);
      for (float*& buffer : hidden) buffers.take(buffer, view.layers.widest());
      return buffers.used();
    }
    float* floats = nullptr;
    buffers.take(floats, transformer::Workspace::size(view.transformer.dimensions, 1));
    if (memory != nullptr) workspace = {view.transformer.dimensions, 1, floats};
    return buffers.used();
  }

  /// The history with this observation as its newest; before the first one all are that (a context of tokens: none).
  void look(std::span<const float> observation) noexcept {
    const std::size_t dim = view.observation_dim, newest = view.inputs - dim;
    if (started) {
      std::copy_n(window + dim, newest, present);
    } else if (view.transformer.dimensions.token_input) {
      std::fill_n(present, newest, -1.0F);
    } else {
      for (std::size_t at = 0; at < newest; at += dim) std::copy(observation.begin(), observation.end(), present + at);
    }
    std::copy(observation.begin(), observation.end(), present + newest);
  }

  void remember() noexcept {
    std::copy_n(present, view.inputs, window);
    started = true;
  }

  /// Logits of all positions of an MLP.
  void run_layers() noexcept {
    for (std::size_t i = 0; i < view.inputs; ++i) input[i] = (present[i] - view.mean[i]) * view.inverse_std[i];
    view.layers.run(input, hidden[0], hidden[1], logits);
  }

  /// Logits of position p, which begin at `at`, behind the token `previous`. Positions are asked in order.
  std::span<const float> position_logits(std::size_t p, std::size_t at, std::uint32_t previous) noexcept {
    const std::span<float> out(logits + at, view.vocabularies[p]);
    if (view.is_transformer) {
      transformer::Forward forward(view.transformer, workspace);
      if (p == 0) {
        forward.begin(present);
      } else {
        forward.advance(p, &previous);
      }
      forward.head(p, out.size(), out.data());
    } else if (p == 0) {
      run_layers();
    }
    return out;
  }

  /// Whether a policy of tokens may see this observation: one of its vocabulary.
  [[nodiscard]] bool is_token(float observation) const noexcept {
    const float last = static_cast<float>(view.largest_vocabulary - 1);
    return observation >= 0.0F && observation <= last && observation == std::floor(observation);
  }

  /// Whether this may be seen.
  [[nodiscard]] Status check(std::span<const float> observation) const noexcept {
    if (!all_finite(observation.data(), observation.size())) return Status::not_finite;
    const bool tokens = view.transformer.dimensions.token_input;
    return tokens && !is_token(observation[0]) ? Status::no_token : Status::ok;
  }

  /// Whether the sequence has a position p. Positions are asked in order.
  bool goes_on(std::size_t p) noexcept { return p < view.scalar_positions || (view.has_code && code.goes_on()); }

  /// Which tokens position p may have, behind goes_on(p); empty: all.
  [[nodiscard]] std::span<const bool> admitted(std::size_t p) const noexcept {
    const bool all = p < view.scalar_positions || !view.code.varies();
    return all ? std::span<const bool>() : code.admitted();
  }

  /// All positions in order: choose(p, at, logits) says the token at p, which the next position reads.
  template <class Choose>
  Status walk(std::span<const float> observation, Choose choose) noexcept {
    if (const Status status = check(observation); status != Status::ok) return status;
    look(observation);
    if (view.has_code) code.begin();
    std::uint32_t previous = 0;
    for (std::size_t p = 0, at = 0; goes_on(p); at += view.vocabularies[p], ++p) {
      const std::span<const float> here = position_logits(p, at, previous);
      if (!all_finite(here.data(), here.size())) return Status::not_finite;
      previous = choose(p, at, here);
      if (p >= view.scalar_positions) code.append(previous);
    }
    return Status::ok;
  }

  /// Model coordinates of a chunk that begins with these actions, into `given`; its other actions repeat the last.
  void give(std::span<const float> observation, std::span<const float> committed) noexcept {
    const std::size_t dim = view.action_dim, last = committed.size() - dim;
    std::copy(committed.begin(), committed.end(), partial);
    for (std::size_t i = committed.size(); i < view.action_values; ++i) partial[i] = committed[last + i % dim];
    if (view.actions.groups.empty()) {
      std::copy_n(partial, view.coordinates, given);
    } else {
      to_model(view.actions, observation.data(), partial, given);
    }
  }

  /// Whether position p stands for one of the first `steps` actions: [chunk × discrete | chunk × continuous]. With a
  /// code none does, as in simulation.
  [[nodiscard]] bool is_given(std::size_t p, std::size_t steps) const noexcept {
    if (view.has_code) return false;
    const std::size_t first = view.chunk * view.actions.discrete;
    return p < first ? p < steps * view.actions.discrete : p - first < steps * view.actions.continuous;
  }

  /// Takes this token at p.
  std::uint32_t hold(std::size_t p, std::size_t at, std::size_t token) noexcept {
    if (p < view.scalar_positions) decided[p] = view.levels[at + token];
    return static_cast<std::uint32_t>(token);
  }

  /// The first token at p whose level is nearest to what is given there, decided.
  std::uint32_t force(std::size_t p, std::size_t at) noexcept {
    const float* const levels = view.levels + at;
    std::uint32_t best = 0;
    for (std::uint32_t k = 1; k < view.vocabularies[p]; ++k) {
      if (std::abs(levels[k] - given[p]) < std::abs(levels[best] - given[p])) best = k;
    }
    return hold(p, at, best);
  }

  /// The first most likely token of those that p may have.
  [[nodiscard]] std::size_t most_likely(std::size_t p, std::span<const float> of) const noexcept {
    const std::span<const bool> mask = admitted(p);
    if (mask.empty()) return argmax(of);
    std::size_t best = of.size();
    for (std::size_t k = 0; k < of.size(); ++k) {
      if (mask[k] && (best == of.size() || of[k] > of[best])) best = k;
    }
    return best;
  }

  /// exp((logit − max)/temperature) of position p into `weights`, 0 where it may not have the token; returns their sum.
  double exponentiate(std::size_t p, std::span<const float> of, double temperature) noexcept {
    softmax_weights(of, of[most_likely(p, of)], temperature, weights);
    const std::span<const bool> mask = admitted(p);
    for (std::size_t k = 0; k < mask.size(); ++k) {
      if (!mask[k]) weights[k] = 0.0F;
    }
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
      return "the temperature must be a finite number above 0, the mode a known one, and a schedule have 1 <= execute, "
             "delay <= execute, delay + execute <= chunk and rate limits above 0";
    case Status::no_token:
      return "the observation is no whole number of the policy's vocabulary; the action was set by OnError";
    case Status::expired:
      return "no chunk has an action for this step: none was decided in time; the action was set by on_expired";
  }
  return "unknown status";
}

std::size_t Runtime::required_bytes(std::span<const std::byte> image) noexcept {
  State state{};
  if (!is_image_aligned(image.data()) || !read_image(image, state.view)) return 0;
  return state.place(nullptr);
}

Status Runtime::bind(std::span<const std::byte> image, std::span<std::byte> memory, Runtime& out) noexcept {
  out = Runtime();
  if (!is_image_aligned(image.data()) || !is_image_aligned(memory.data())) return Status::misaligned;
  State state{};
  if (!read_image(image, state.view)) return Status::bad_image;
  if (state.place(nullptr) > memory.size()) return Status::small_memory;
  out.state_ = new (memory.data()) State(state);
  out.state_->place(memory.data());
  if (out.state_->view.has_code) out.state_->code.prepare();
  out.reset();
  activate(Activation::none, {});  // the kernels ask the processor what it is now, not in the first act()
  return Status::ok;
}

void Runtime::reset() noexcept {
  if (state_ == nullptr) return;
  state_->started = false;
  state_->playing = 0;
  std::fill_n(state_->held, state_->view.action_values, 0.0F);
}

Status Runtime::configure(RuntimeDecode decode, float temperature, OnError on_error) noexcept {
  const bool warm = std::isfinite(temperature) && temperature > 0.0F;
  if (decode == RuntimeDecode::mean && state_ != nullptr && state_->view.has_code) return Status::bad_option;
  if (!warm || decode > RuntimeDecode::mean || on_error > OnError::zero) return Status::bad_option;
  decode_ = decode;
  temperature_ = temperature;
  on_error_ = on_error;
  return Status::ok;
}

/// One position's token from its logits, and in `decided` what it stands for.
std::uint32_t Runtime::take(std::size_t p, std::size_t at, std::span<const float> logits, std::uint64_t key) noexcept {
  State& state = *state_;
  if (decode_ == RuntimeDecode::argmax) return state.hold(p, at, state.most_likely(p, logits));
  const double total = state.exponentiate(p, logits, static_cast<double>(temperature_));
  if (decode_ == RuntimeDecode::mean) {
    const float* const levels = state.view.levels + at;
    state.decided[p] = static_cast<float>(mean_level(state.weights, levels, logits.size(), total));
    return static_cast<std::uint32_t>(argmax(logits));
  }
  const double u = uniform(NoiseKey(key), 0, 0, static_cast<std::uint32_t>(p));
  return state.hold(p, at, draw(state.weights, logits.size(), u * total));
}

/// Decodes all positions into the held action, seen from this observation; the first `committed` actions are given. On
/// any other status than ok nothing is held.
Status Runtime::decide(std::span<const float> observation, std::size_t committed, std::uint64_t key) noexcept {
  State& state = *state_;
  const ImageView& view = state.view;
  const Status status = state.walk(observation, [&](std::size_t p, std::size_t at, std::span<const float> logits) {
    return state.is_given(p, committed) ? state.force(p, at) : take(p, at, logits, key);
  });
  if (status != Status::ok) return status;
  if (view.has_code) state.code.decode(state.decided + view.scalar_positions);
  if (view.actions.groups.empty()) {
    std::copy_n(state.decided, view.action_values, state.held);
  } else {
    to_actions(view.actions, observation.data(), state.decided, state.held);
  }
  state.remember();
  return Status::ok;
}

/// The chunk of a step that cannot be decided, held from here on: it is what is played. committed: finite.
void Runtime::fail(std::span<const float> committed, std::span<float> action) noexcept {
  State& state = *state_;
  const std::size_t dim = state.view.action_dim;
  const float* const last =
      committed.empty() ? state.held + state.playing * dim : committed.data() + committed.size() - dim;
  for (std::size_t i = 0; i < action.size(); ++i) {
    const float again = i < committed.size() ? committed[i] : last[i % dim];
    action[i] = on_error_ == OnError::hold ? again : 0.0F;
  }
  std::copy(action.begin(), action.end(), state.held);
  state.playing = 0;
}

Status Runtime::act(std::span<const float> observation, std::uint64_t key, std::span<float> action) noexcept {
  return act(observation, {}, key, action);
}

Status Runtime::act(std::span<const float> observation, std::span<const float> committed, std::uint64_t key,
                    std::span<float> action) noexcept {
  if (state_ == nullptr) return Status::not_bound;
  const ImageView& view = state_->view;
  if (observation.size() != view.observation_dim || action.size() != view.action_values) return Status::wrong_size;
  if (committed.size() % view.action_dim != 0 || committed.size() >= view.action_values) return Status::wrong_size;
  const bool known = all_finite(committed.data(), committed.size());
  const bool sound = known && all_finite(observation.data(), observation.size());
  if (sound && !committed.empty()) state_->give(observation, committed);
  const Status status = sound ? decide(observation, committed.size() / view.action_dim, key) : Status::not_finite;
  if (status != Status::ok) {
    fail(known ? committed : std::span<const float>(), action);
    return status;
  }
  state_->playing = 0;
  std::copy(committed.begin(), committed.end(), state_->held);
  std::copy_n(state_->held, view.action_values, action.begin());
  return Status::ok;
}

Status Runtime::observe(std::span<const float> observation) noexcept {
  if (state_ == nullptr) return Status::not_bound;
  if (observation.size() != state_->view.observation_dim) return Status::wrong_size;
  if (state_->playing + 1 < state_->view.chunk) ++state_->playing;
  if (const Status status = state_->check(observation); status != Status::ok) return status;
  state_->look(observation);
  state_->remember();
  return Status::ok;
}

Status Runtime::logits(std::span<const float> observation, std::span<float> out) noexcept {
  if (state_ == nullptr) return Status::not_bound;
  State& state = *state_;
  if (observation.size() != state.view.observation_dim || out.size() != state.view.logits) return Status::wrong_size;
  std::size_t end = 0;
  const Status status = state.walk(observation, [&](std::size_t p, std::size_t at, std::span<const float> logits) {
    end = at + logits.size();
    return static_cast<std::uint32_t>(state.most_likely(p, logits));
  });
  if (status != Status::ok) return status;
  std::copy_n(state.logits, end, out.begin());
  std::fill(out.begin() + static_cast<std::ptrdiff_t>(end), out.end(), 0.0F);
  return status;
}

std::size_t Runtime::observation_dim() const noexcept { return state_ == nullptr ? 0 : state_->view.observation_dim; }
std::size_t Runtime::action_dim() const noexcept { return state_ == nullptr ? 0 : state_->view.action_dim; }
std::size_t Runtime::chunk() const noexcept { return state_ == nullptr ? 0 : state_->view.chunk; }
std::size_t Runtime::history() const noexcept { return state_ == nullptr ? 0 : state_->view.history; }
std::size_t Runtime::logits_size() const noexcept { return state_ == nullptr ? 0 : state_->view.logits; }

}  // namespace pianola
