// The transition model on a robot: the auxiliary state of Algorithm 1 (docs/theory.md §7) beside a Runtime that acts on
// it, under the same rules: one image, read in place, the caller's memory, no exceptions, allocation, locks or calls
// after bind().
//
//   ModelRuntime::bind(image, memory, model);
//   model.start(observation);                              first, and whenever it is to be re-anchored
//   policy.act(model.state(), key, action);                the policy never sees the observation itself
//   model.step(action);                                    x̃ ← the mode of M̂(· | x̃, ũ)
//
// It steps to the mode of the law: that of a linear model is its mean, that of a mixture the mean of the component of
// most density at its own mean; an ensemble steps to the mean of its members' modes. When to re-anchor is the caller's
// to decide, as `augmented` does in simulation: every m steps, where distance() exceeds a radius (resync_above), or
// where disagreement() exceeds one (resync_disagreement). Drawing, models of tokens and `autoregressive` are simulation
// only. Images are made by model_image.hpp, where exceptions are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "pianola/policies/runtime.hpp"

namespace pianola {

class ModelRuntime {
 public:
  /// Bytes of working memory that bind() needs for this image, or 0 if it is none (or is not 64-byte aligned).
  static std::size_t required_bytes(std::span<const std::byte> image) noexcept;

  /// Checks the image (checksum, every offset and size, every number finite) and binds it; image and memory must
  /// outlive the model. On any other status than ok, `out` is not bound. Cost: reads the image once.
  [[nodiscard]] static Status bind(std::span<const std::byte> image, std::span<std::byte> memory,
                                   ModelRuntime& out) noexcept;

  /// Whether the model was exported beside this policy's image: a model of another run must not be played.
  [[nodiscard]] bool belongs_to(std::span<const std::byte> policy_image) const noexcept;

  /// x̃ ← observation [observation_dim]. not_finite: x̃ stays as it was.
  [[nodiscard]] Status start(std::span<const float> observation) noexcept;

  /// x̃ ← the most likely next state under this action [action_dim], decoded. not_finite (also before the first
  /// start()): the action is none, or the next state is not finite or beyond the training range by more than its width;
  /// x̃ stays where it is. Cost: each member's layers' flops and an exp per component and dimension.
  [[nodiscard]] Status step(std::span<const float> action) noexcept;

  [[nodiscard]] std::span<const float> state() const noexcept;  ///< x̃, [observation_dim]; empty if not bound
  /// How far the members of an ensemble disagreed about the last step: √ mean_d (std of mode_d / training range_d)², as
  /// in simulation. 0 of one member and before the first step since start(); ∞ where a member had no finite law.
  [[nodiscard]] double disagreement() const noexcept;
  /// ‖observation − x̃‖, observation units, angles the short way; ∞ of one that is not finite or of another length, and
  /// before the first start().
  [[nodiscard]] double distance(std::span<const float> observation) const noexcept;
  /// Steps since start() after which x̃ first lay outside the training range; 0: it has not.
  [[nodiscard]] std::uint64_t left_range() const noexcept;
  [[nodiscard]] std::size_t observation_dim() const noexcept;  ///< 0 if not bound, as below
  [[nodiscard]] std::size_t action_dim() const noexcept;
  [[nodiscard]] std::size_t members() const noexcept;

 private:
  struct State;
  State* state_ = nullptr;
};

}  // namespace pianola
