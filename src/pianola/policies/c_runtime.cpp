#include <new>

#include "pianola/policies/image_view.hpp"
#include "pianola/policies/pianola.h"
#include "pianola/policies/runtime.hpp"

using pianola::OnError;
using pianola::Runtime;
using pianola::RuntimeDecode;
using pianola::Status;

struct pianola_runtime {
  Runtime runtime;
};

namespace {

constexpr std::size_t kFront = 64;  // of the memory: the object itself
static_assert(sizeof(pianola_runtime) <= kFront);
static_assert(PIANOLA_BAD_OPTION == static_cast<int>(Status::bad_option));
static_assert(PIANOLA_MEAN == static_cast<int>(RuntimeDecode::mean) && PIANOLA_ZERO == static_cast<int>(OnError::zero));

std::span<const std::byte> bytes_of(const void* image, std::size_t size) {
  return {static_cast<const std::byte*>(image), image == nullptr ? 0 : size};
}

}  // namespace

const char* pianola_status_text(int status) { return pianola::status_text(static_cast<Status>(status)); }

size_t pianola_required_bytes(const void* image, size_t image_bytes) {
  const std::size_t needed = Runtime::required_bytes(bytes_of(image, image_bytes));
  return needed == 0 ? 0 : needed + kFront;
}

int pianola_bind(const void* image, size_t image_bytes, void* memory, size_t memory_bytes, pianola_runtime** runtime) {
  *runtime = nullptr;
  if (pianola_required_bytes(image, image_bytes) == 0) {  // first of all: a damaged image needs no memory
    return pianola::is_image_aligned(image) ? PIANOLA_BAD_IMAGE : PIANOLA_MISALIGNED;
  }
  if (memory == nullptr || memory_bytes < kFront) return PIANOLA_SMALL_MEMORY;
  if (reinterpret_cast<std::uintptr_t>(memory) % kFront != 0) return PIANOLA_MISALIGNED;
  const std::span<std::byte> all(static_cast<std::byte*>(memory), memory_bytes);
  Runtime bound;
  const Status status = Runtime::bind(bytes_of(image, image_bytes), all.subspan(kFront), bound);
  if (status == Status::ok) *runtime = new (memory) pianola_runtime{bound};
  return static_cast<int>(status);
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
