// The real-time core: one position-independent image of weights, codec tables and statistics, read in place.
//
//   z = (x − mean) · inverse_std,  hidden layers or a transformer,  logits;  then for each position one token (sampled
//   with one uniform by inverse distribution function, or the most probable one) and its level, or the mean of the
//   levels; where actions are represented (data/action_transform.hpp), those numbers are turned into actions from the
//   present observation. A transformer decides one position after the other, each behind the token taken before it
//   (mean: behind the most probable ones); its keys and values are kept in the caller's memory. Tokens that stand for
//   several numbers of a chunk (`fast`, `beast`, `kmeans`, `kdisks`, `rvq`) are decoded when they are all there
//   (chunk_code_core.hpp); those that `fast`'s grammar does not admit are never taken, so that every sequence spells a
//   whole chunk.
//
// No virtual calls, no exceptions, no RTTI, no allocation, lock or system call after bind(); the caller owns all
// memory. Built alone into libpianola_runtime.a, which needs neither LibTorch nor any other library of ours but base's
// kernels. Images are made by runtime_image.hpp, where exceptions are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace pianola {

enum class Status : std::uint32_t {
  ok = 0,
  bad_image,     ///< not an image, truncated, of another version or byte order, or inconsistent
  small_memory,  ///< fewer bytes than required_bytes()
  misaligned,    ///< image or memory not aligned to 64 bytes
  wrong_size,    ///< observation or action span of another length
  not_finite,    ///< the observation, or a logit that came of it, is NaN or Inf; the action was set by `on_error`
  not_bound,
  bad_option,  ///< a temperature that is not a finite number > 0, an unknown mode or one that such tokens do not have
               ///< (the mean of tokens that stand for several numbers), or a schedule that cannot be
  no_token,    ///< of a policy over tokens: the observation is no whole number of its vocabulary; the action as above
  expired,     ///< no chunk has an action for this step (playback.hpp); the action was set by `on_expired`
};

/// A sentence for a log; static storage.
const char* status_text(Status status) noexcept;

enum class RuntimeDecode : std::uint32_t { sample = 0, argmax = 1, mean = 2 };

/// What a decision that cannot be made fills the whole chunk with: the last action played again (zeros before the
/// first), or zeros.
///
/// The last action played is one that was: behind committed actions the last of those, which begin the chunk as they
/// are; else the runtime counts a step for each act() and each observe(), and takes the action of the last chunk at
/// that step. Steps that it is not told of are not counted, so that it never runs ahead of the robot: a chunk whose
/// later actions were not played yet lends none of them. What plays chunks by another schedule holds for itself, as
/// playback.hpp does.
enum class OnError : std::uint32_t { hold = 0, zero = 1 };

/// One robot's policy. A copy shares the working memory with the original; two threads need a memory each, and may
/// share the image.
class Runtime {
 public:
  /// Bytes of working memory that bind() needs for this image, or 0 if it is not an image (or is not 64-byte aligned).
  /// Cost: reads the image once.
  static std::size_t required_bytes(std::span<const std::byte> image) noexcept;

  /// Checks the image (checksum, every offset and size, every number finite) and binds it to `memory`; both must
  /// outlive the runtime. On any other status than ok, `out` is not bound.
  /// Cost: reads the image once; all that follows allocates nothing.
  [[nodiscard]] static Status bind(std::span<const std::byte> image, std::span<std::byte> memory,
                                   Runtime& out) noexcept;

  /// One decision. observation: [observation_dim]; key: a number that names this decision's randomness (one is enough
  /// for a controller: pass a step counter mixed with a seed); action: [chunk × action_dim], action units.
  /// Token at position p: the first k with Σ_{j ≤ k} exp(logit_j / temperature) > u · Σ_j exp(logit_j / temperature),
  /// the exponentials those of softmax_weights (base/dense.hpp), summed in double in token order,
  /// u = uniform(NoiseKey(key), 0, 0, p).
  /// A policy with a history keeps the last observations; one that is not finite does not enter it.
  /// Cost: the layers' flops, and one exp per logit unless decoding is argmax; no allocation, lock or system call.
  [[nodiscard]] Status act(std::span<const float> observation, std::uint64_t key, std::span<float> action) noexcept;

  /// The same where the chunk's first d actions are committed already, being played while it is decided (playback.hpp).
  /// committed: [d × action_dim], d < chunk, action units. Their positions take the tokens whose levels are nearest to
  /// them (as seen from this observation, where actions are represented), and what follows is the policy's law given
  /// those: exact for policies that decide one token after another. Tokens that stand for several numbers are decided
  /// freely, and the committed actions replace what they say: a projection, no conditioning. Levels that are not midway
  /// between a quantizer's edges (quantile, mulaw) may name another token than its own encoder does, for numbers that
  /// it did not decode. `action` begins with the committed actions as they are.
  [[nodiscard]] Status act(std::span<const float> observation, std::span<const float> committed, std::uint64_t key,
                           std::span<float> action) noexcept;

  /// An observation of a step at which nothing is decided: it enters the history, as the simulation's controllers have
  /// it. Steps that decide pass theirs to act() alone. One that is not finite, or no token, does not enter; its step
  /// counts nonetheless (OnError).
  [[nodiscard]] Status observe(std::span<const float> observation) noexcept;

  /// Logits of all positions, one after the other: [Σ vocabularies]; of a transformer each behind the most probable
  /// tokens before it; 0 where a sequence of varying length has ended. The observation does not enter the history.
  [[nodiscard]] Status logits(std::span<const float> observation, std::span<float> out) noexcept;

  /// Forgets the history and the held action: the next observation counts as the first, which fills the history.
  void reset() noexcept;

  /// What a new runtime does: sample, temperature 1, hold. temperature: finite, > 0, in sampling and mean. The mean
  /// needs tokens that each stand for one number.
  /// On bad_option nothing changes.
  Status configure(RuntimeDecode decode, float temperature, OnError on_error) noexcept;

  [[nodiscard]] std::size_t observation_dim() const noexcept;  ///< 0 if not bound, as those below
  [[nodiscard]] std::size_t action_dim() const noexcept;
  [[nodiscard]] std::size_t chunk() const noexcept;    ///< actions a decision
  [[nodiscard]] std::size_t history() const noexcept;  ///< observations that a decision sees
  [[nodiscard]] std::size_t logits_size() const noexcept;

 private:
  struct State;  // lies at the start of the caller's memory
  State* state_ = nullptr;
  RuntimeDecode decode_ = RuntimeDecode::sample;
  float temperature_ = 1.0F;
  OnError on_error_ = OnError::hold;

  std::uint32_t take(std::size_t p, std::size_t at, std::span<const float> logits, std::uint64_t key) noexcept;
  Status decide(std::span<const float> observation, std::size_t committed, std::uint64_t key) noexcept;
  void fail(std::span<const float> committed, std::span<float> action) noexcept;
};

}  // namespace pianola
