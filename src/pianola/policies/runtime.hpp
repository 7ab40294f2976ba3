// The real-time core: one position-independent image of weights, codec tables and statistics, read in place.
//
// No virtual calls, no exceptions, no RTTI, no allocation, lock or system call after bind(); the caller owns all memory.
// Built alone into libpianola_runtime.a, which needs neither LibTorch nor any other library of ours but base's kernels.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace pianola {

enum class Status : std::uint32_t {
  ok = 0,
  bad_image,          ///< not an image, truncated, of another version or byte order, or inconsistent
  small_memory,       ///< fewer bytes than required_bytes()
  misaligned,         ///< image or memory not aligned to 64 bytes
  wrong_size,         ///< observation or action span of another length
  not_finite,         ///< the observation holds NaN or Inf; the action was set by `on_error`
  not_bound,
};

/// A sentence for a log; static storage.
const char* status_text(Status status) noexcept;

enum class RuntimeDecode : std::uint32_t { sample = 0, argmax = 1, mean = 2 };
enum class OnError : std::uint32_t { hold = 0, zero = 1 };  ///< action played when an observation is not finite

class Runtime {
 public:
  /// Bytes of working memory that bind() needs for this image, or 0 if it is not an image.
  static std::size_t required_bytes(std::span<const std::byte> image) noexcept;

  /// Checks the image (every offset and size) and binds it to `memory`; both must outlive the runtime.
  [[nodiscard]] static Status bind(std::span<const std::byte> image, std::span<std::byte> memory, Runtime& out) noexcept;

  /// One decision. observation: [observation_dim]; key: a number that names this decision's randomness (one is enough
  /// for a controller: pass a step counter mixed with a seed); action: [action_dim], action units.
  [[nodiscard]] Status act(std::span<const float> observation, std::uint64_t key, std::span<float> action) noexcept;

  /// Logits of all positions, one after the other: [Σ vocabularies].
  [[nodiscard]] Status logits(std::span<const float> observation, std::span<float> out) noexcept;

  void configure(RuntimeDecode decode, float temperature, OnError on_error) noexcept;
  [[nodiscard]] std::size_t observation_dim() const noexcept;
  [[nodiscard]] std::size_t action_dim() const noexcept;
  [[nodiscard]] std::size_t logits_size() const noexcept;

 private:
  const std::byte* image_ = nullptr;
  std::byte* memory_ = nullptr;
  RuntimeDecode decode_ = RuntimeDecode::sample;
  float temperature_ = 1.0F;
  OnError on_error_ = OnError::hold;
};

}  // namespace pianola
