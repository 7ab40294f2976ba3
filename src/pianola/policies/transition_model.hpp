// Transition models: what the expert's state will be, given its state and its token (docs/theory.md §7, Algorithm 1):
//
//   M̂(x' | x, ũ):   law of the EXPERT's next state where its token was ũ, the raw action inside the bin averaged out
//
// Not a model of the plant under ũ: that one is f(x, ũ), and differs by what the quantizer did to the action. A state
// is what a policy sees, the observation. All in lanes, in double.
//
// A model is immutable and shared by threads; a session is one thread's auxiliary trajectory x̃ in each lane.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "pianola/base/random.hpp"
#include "pianola/quantizers/quantizer.hpp"
#include "pianola/systems/observation_geometry.hpp"
#include "pianola/systems/system.hpp"

namespace pianola {

struct TransitionInfo {
  std::string spec;  ///< "exact"; of a trained one what trained it
  std::size_t observation_dim = 0, action_dim = 0;
  bool deterministic = false;         ///< the next state is a function of state and token
  bool needs_plant = false;           ///< start() has to be shown a simulated plant
  bool reads_tokens = false;          ///< TokenStep::tokens has to be there; actions alone do not tell
  std::size_t members = 1;            ///< of an ensemble; with more than one, sessions say where they disagree
  ObservationGeometry geometry = {};  ///< of observations
};

/// A step at which nothing happened.
inline constexpr std::uint32_t kNever = 0xFFFFFFFFU;

/// What was played of the token ũ in the state that a session is in.
struct TokenStep {
  Ids ids;                           ///< [lanes]
  std::span<const std::uint32_t> h;  ///< [lanes]
  std::span<const Token> tokens;     ///< [lanes × max_tokens], of the chunk being played; may be empty (info)
  std::span<const double> actions;   ///< [lanes × action_dim], this step's, decoded; action units
};

class TransitionSession {
 public:
  virtual ~TransitionSession() = default;
  /// The auxiliary state included, for branching.
  [[nodiscard]] virtual std::unique_ptr<TransitionSession> clone() const = 0;
  /// x̃ ← what the situation shows, in every lane; outcomes too. Noise of later steps: key.child("plan"), which is
  /// independent of the plant's own. @throws UsageError if the model needs a plant and there is none.
  virtual void start(const NoiseKey& key, const Situation& situation) = 0;
  /// The same in the lanes that `which` [lanes] marks; the others go on. After start(), with its key and ids.
  virtual void restart(const Situation& situation, std::span<const std::uint8_t> which) = 0;
  /// x̃ ~ M̂(· | x̃, ũ). A lane whose outcome is not `running` stays where it is. Cost: allocates in its first call.
  virtual void step(const TokenStep& played) = 0;
  /// out: [lanes × observation_dim].
  virtual void observe(std::span<double> out) const = 0;
  /// [lanes]: whether the auxiliary trajectory itself goes on.
  [[nodiscard]] virtual std::span<const Outcome> outcomes() const = 0;
  /// [lanes]: how far apart the members of an ensemble were about the last step: the root mean square over dimensions
  /// of the standard deviation of their modes, each in units of that dimension's training range. Empty: no ensemble.
  [[nodiscard]] virtual std::span<const double> disagreement() const { return {}; }
  /// [lanes]: the step h whose next state was the first to leave the training range since start() or restart(); kNever:
  /// none has. Empty: the model has no such range.
  [[nodiscard]] virtual std::span<const std::uint32_t> left_range() const { return {}; }
  /// A simulation in the auxiliary state, for experts that plan; null where there is none.
  [[nodiscard]] virtual const Simulation* plant() const { return nullptr; }
  /// log M̂(next | x̃, ũ), nats, of the state that the session is in, which stays: a density, or where the law has atoms
  /// the logarithm of a probability. next: [lanes × observation_dim]; out: [lanes], −∞ where it cannot be. False where
  /// the model knows none; `out` is not touched then.
  virtual bool log_density(const TokenStep& played, std::span<const double> next, std::span<double> out) {
    static_cast<void>(played), static_cast<void>(next), static_cast<void>(out);
    return false;
  }
  /// Probability integral transform: out_d = P(x'_d ≤ next_d | x̃, ũ, next_1 … next_{d−1}), in the order of dimensions;
  /// uniform on [0, 1]^dim if and only if the law is right. next, out: [lanes × observation_dim]. False as log_density.
  virtual bool integral_transform(const TokenStep& played, std::span<const double> next, std::span<double> out) {
    static_cast<void>(played), static_cast<void>(next), static_cast<void>(out);
    return false;
  }
};

class TransitionModel {
 public:
  virtual ~TransitionModel() = default;
  [[nodiscard]] virtual const TransitionInfo& info() const = 0;
  /// A session of `lanes` trajectories. It may outlive no model that made it.
  [[nodiscard]] virtual std::unique_ptr<TransitionSession> session(std::size_t lanes) const = 0;
  /// The model that steps to the mode of this one's law instead of drawing; null where this one has no such.
  [[nodiscard]] virtual std::shared_ptr<const TransitionModel> most_likely() const { return nullptr; }
};

}  // namespace pianola
