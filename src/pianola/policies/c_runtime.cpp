#include <cmath>
#include <new>

#include "pianola/policies/image_parts.hpp"
#include "pianola/policies/model_runtime.hpp"
#include "pianola/policies/pianola.h"
#include "pianola/policies/playback.hpp"
#include "pianola/policies/runtime.hpp"

using pianola::ModelRuntime;
using pianola::OnError;
using pianola::Playback;
using pianola::PlaybackOptions;
using pianola::Runtime;
using pianola::RuntimeDecode;
using pianola::Status;

struct pianola_runtime {
  Runtime runtime;
};

struct pianola_model {
  ModelRuntime model;
};

struct pianola_playback {
  Playback playback;
};

namespace {

constexpr std::size_t kFront = pianola::image::kAlignment;  // of the memory: the object itself
static_assert(sizeof(pianola_runtime) <= kFront);
static_assert(sizeof(pianola_playback) <= kFront && sizeof(pianola_model) <= kFront);
static_assert(PIANOLA_BAD_OPTION == static_cast<int>(Status::bad_option));
static_assert(PIANOLA_EXPIRED == static_cast<int>(Status::expired));
static_assert(PIANOLA_MEAN == static_cast<int>(RuntimeDecode::mean) && PIANOLA_ZERO == static_cast<int>(OnError::zero));

std::span<const std::byte> bytes_of(const void* image, std::size_t size) {
  return {static_cast<const std::byte*>(image), image == nullptr ? 0 : size};
}

/// Null: nothing.
std::span<const float> numbers(const float* values, std::size_t n) { return {values, values == nullptr ? 0 : n}; }

/// bind(memory, object) with what is behind the front, where the object is kept if that went well. Memory that cannot
/// be used counts as empty: of an image that is none the image is to blame.
template <class Object, class Handle, class Bind>
int bind_behind(void* memory, std::size_t size, Handle** handle, const Bind& bind) {
  *handle = nullptr;
  const bool large = memory != nullptr && size >= kFront, aligned = pianola::is_image_aligned(memory);
  std::span<std::byte> behind;
  if (large && aligned) behind = {static_cast<std::byte*>(memory) + kFront, size - kFront};
  Object bound;
  const Status status = bind(behind, bound);
  if (status == Status::ok) *handle = new (memory) Handle{bound};
  return static_cast<int>(status == Status::small_memory && large && !aligned ? Status::misaligned : status);
}

/// The same of an image.
template <class Object, class Handle>
int bind_image(const void* image, std::size_t image_size, void* memory, std::size_t size, Handle** handle) {
  return bind_behind<Object>(memory, size, handle, [&](std::span<std::byte> behind, Object& out) {
    return Object::bind(bytes_of(image, image_size), behind, out);
  });
}

}  // namespace

const char* pianola_status_text(int status) { return pianola::status_text(static_cast<Status>(status)); }

size_t pianola_required_bytes(const void* image, size_t image_bytes) {
  const std::size_t needed = Runtime::required_bytes(bytes_of(image, image_bytes));
  return needed == 0 ? 0 : needed + kFront;
}

int pianola_bind(const void* image, size_t image_bytes, void* memory, size_t memory_bytes, pianola_runtime** runtime) {
  return bind_image<Runtime>(image, image_bytes, memory, memory_bytes, runtime);
}

int pianola_configure(pianola_runtime* runtime, int decode, float temperature, int on_error) {
  if (runtime == nullptr) return PIANOLA_NOT_BOUND;
  if (decode < 0 || on_error < 0) return PIANOLA_BAD_OPTION;
  return static_cast<int>(
      runtime->runtime.configure(static_cast<RuntimeDecode>(decode), temperature, static_cast<OnError>(on_error)));
}

int pianola_act(pianola_runtime* runtime, const float* observation, size_t observation_dim, uint64_t key, float* action,
                size_t action_values) {
  if (runtime == nullptr) return PIANOLA_NOT_BOUND;
  return static_cast<int>(runtime->runtime.act({observation, observation_dim}, key, {action, action_values}));
}

int pianola_act_committed(pianola_runtime* runtime, const float* observation, size_t observation_dim,
                          const float* committed, size_t committed_values, uint64_t key, float* action,
                          size_t action_values) {
  if (runtime == nullptr) return PIANOLA_NOT_BOUND;
  return static_cast<int>(runtime->runtime.act({observation, observation_dim}, numbers(committed, committed_values),
                                               key, {action, action_values}));
}

int pianola_observe(pianola_runtime* runtime, const float* observation, size_t observation_dim) {
  if (runtime == nullptr) return PIANOLA_NOT_BOUND;
  return static_cast<int>(runtime->runtime.observe({observation, observation_dim}));
}

void pianola_reset(pianola_runtime* runtime) {
  if (runtime != nullptr) runtime->runtime.reset();
}

size_t pianola_observation_dim(const pianola_runtime* runtime) {
  return runtime == nullptr ? 0 : runtime->runtime.observation_dim();
}
size_t pianola_action_dim(const pianola_runtime* runtime) {
  return runtime == nullptr ? 0 : runtime->runtime.action_dim();
}
size_t pianola_chunk(const pianola_runtime* runtime) { return runtime == nullptr ? 0 : runtime->runtime.chunk(); }
size_t pianola_history(const pianola_runtime* runtime) { return runtime == nullptr ? 0 : runtime->runtime.history(); }

size_t pianola_model_bytes(const void* image, size_t image_bytes) {
  const std::size_t needed = ModelRuntime::required_bytes(bytes_of(image, image_bytes));
  return needed == 0 ? 0 : needed + kFront;
}

int pianola_model_bind(const void* image, size_t image_bytes, void* memory, size_t memory_bytes,
                       pianola_model** model) {
  return bind_image<ModelRuntime>(image, image_bytes, memory, memory_bytes, model);
}

int pianola_model_belongs_to(const pianola_model* model, const void* policy_image, size_t policy_bytes) {
  return model != nullptr && model->model.belongs_to(bytes_of(policy_image, policy_bytes)) ? 1 : 0;
}

int pianola_model_start(pianola_model* model, const float* observation, size_t observation_dim) {
  if (model == nullptr) return PIANOLA_NOT_BOUND;
  return static_cast<int>(model->model.start(numbers(observation, observation_dim)));
}

int pianola_model_step(pianola_model* model, const float* action, size_t action_dim) {
  if (model == nullptr) return PIANOLA_NOT_BOUND;
  return static_cast<int>(model->model.step(numbers(action, action_dim)));
}

const float* pianola_model_state(const pianola_model* model) {
  return model == nullptr ? nullptr : model->model.state().data();
}

double pianola_model_disagreement(const pianola_model* model) {
  return model == nullptr ? 0.0 : model->model.disagreement();
}

double pianola_model_distance(const pianola_model* model, const float* observation, size_t observation_dim) {
  return model == nullptr ? HUGE_VAL : model->model.distance(numbers(observation, observation_dim));
}

uint64_t pianola_model_left_range(const pianola_model* model) {
  return model == nullptr ? 0 : model->model.left_range();
}

size_t pianola_playback_bytes(size_t chunk, size_t action_dim) {
  const std::size_t needed = Playback::required_bytes(chunk, action_dim);
  return needed == 0 ? 0 : needed + kFront;
}

int pianola_playback_bind(size_t chunk, size_t action_dim, size_t execute, size_t delay, int on_expired, void* memory,
                          size_t memory_bytes, pianola_playback** playback) {
  const PlaybackOptions options{execute, delay, static_cast<OnError>(on_expired)};  // one below 0 is none that is known
  return bind_behind<Playback>(memory, memory_bytes, playback, [&](std::span<std::byte> behind, Playback& out) {
    return Playback::bind(chunk, action_dim, options, behind, out);
  });
}

int pianola_playback_limit(pianola_playback* playback, const float* rates, const float* periods, size_t action_dim) {
  if (playback == nullptr) return PIANOLA_NOT_BOUND;
  return static_cast<int>(playback->playback.limit(numbers(rates, action_dim), numbers(periods, action_dim)));
}

int pianola_playback_reset(pianola_playback* playback, const float* start, size_t action_dim) {
  if (playback == nullptr) return PIANOLA_NOT_BOUND;
  return static_cast<int>(playback->playback.reset(numbers(start, action_dim)));
}

int pianola_playback_due(const pianola_playback* playback) {
  return playback != nullptr && playback->playback.due() ? 1 : 0;
}

int pianola_playback_begin(pianola_playback* playback, float* committed, size_t committed_values) {
  if (playback == nullptr) return PIANOLA_NOT_BOUND;
  return static_cast<int>(playback->playback.begin({committed, committed_values}));
}

int pianola_playback_take(pianola_playback* playback, const float* chunk, size_t action_values) {
  if (playback == nullptr) return PIANOLA_NOT_BOUND;
  return static_cast<int>(playback->playback.take({chunk, action_values}));
}

void pianola_playback_abandon(pianola_playback* playback) {
  if (playback != nullptr) playback->playback.abandon();
}

int pianola_playback_play(pianola_playback* playback, float* action, size_t action_dim) {
  if (playback == nullptr) return PIANOLA_NOT_BOUND;
  return static_cast<int>(playback->playback.play({action, action_dim}));
}
