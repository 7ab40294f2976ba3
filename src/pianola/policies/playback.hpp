// What a robot plays of a policy's chunks while the next one is being decided:
//
//   begin a decision at steps 0, m, 2m, …; what is decided from step h's observation is played from step h + d on
//
// with execute = m and delay = d, as control/chunk_memory.hpp does in simulation: the d actions that are played
// meanwhile are committed, and Runtime::act(observation, committed, …) decides the rest given those. Of a chunk that
// comes too late the actions whose time has passed are skipped; until it comes, the old chunk plays on, and when that
// has no action left it has expired, which is a status. One decision is under way at a time, so d ≤ m.
//
// Velocity limits are those of control/rate_limit.hpp: what is played moves by at most r_i a step in dimension i, the
// difference of an angle wrapped into ±period/2; the first action after reset() is played as it is. Committed actions
// are the policy's own, before that.
//
//   every step:  if (due() && an observation came) { begin(committed); hand both to the thread that decides }
//                play(action);
//   that thread: if (runtime.act(observation, committed, key, chunk) == ok) take(chunk); else abandon();
//
// No allocation, lock, exception or system call; the caller owns the memory, and keeps two threads from calling at once
// (each call copies at most a chunk).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "pianola/policies/runtime.hpp"

namespace pianola {

struct PlaybackOptions {
  std::size_t execute = 1;             ///< m ≥ 1
  std::size_t delay = 0;               ///< d ≤ m, d + m ≤ chunk
  OnError on_expired = OnError::hold;  ///< what is played of no chunk: the last action again, or zeros
};

class Playback {
 public:
  static std::size_t required_bytes(std::size_t chunk, std::size_t action_dim) noexcept;
  /// memory: 64-byte aligned, must outlive the playback. chunk, action_dim: of the runtime, 1 … 2²⁴ values a chunk.
  [[nodiscard]] static Status bind(std::size_t chunk, std::size_t action_dim, const PlaybackOptions& options,
                                   std::span<std::byte> memory, Playback& out) noexcept;

  /// rates: [action_dim], action units a step, > 0, ∞ for none; empty: no limits. periods: [action_dim], 0 where the
  /// dimension is no angle; empty: none is. On bad_option nothing changes.
  Status limit(std::span<const float> rates, std::span<const float> periods = {}) noexcept;
  /// Forgets all. start: [action_dim], played while the first decision is under way, `delay` steps; empty: zeros.
  Status reset(std::span<const float> start = {}) noexcept;

  /// Whether a decision should begin at this step: m steps after the last one, and none is under way.
  [[nodiscard]] bool due() const noexcept;
  /// Begins one with this step's observation. committed: [delay × action_dim], what is played from this step on until
  /// it takes effect.
  Status begin(std::span<float> committed) noexcept;
  /// Its chunk, [chunk × action_dim]. bad_option where none is under way.
  Status take(std::span<const float> chunk) noexcept;
  /// It failed: another may begin at once.
  void abandon() noexcept;
  /// This step's action, [action_dim], and on to the next.
  [[nodiscard]] Status play(std::span<float> action) noexcept;

 private:
  struct State;  // lies at the start of the caller's memory
  State* state_ = nullptr;
};

}  // namespace pianola
