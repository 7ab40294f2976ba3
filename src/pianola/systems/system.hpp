// Systems: x' = f(x, u, ω), observed and rewarded. Everything that moves, moves in lanes: one call advances
// W trajectories; arrays are row-major [lanes × dim].
//
// A System is immutable and shared by threads; it makes Simulations, each owned by one thread.
// Noise is never drawn by a system: it comes from (key, trajectory, step), stream "plant".
// Contract and conformance tests: tests/systems/conformance.hpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "pianola/base/random.hpp"
#include "pianola/data/action_space.hpp"
#include "pianola/data/outcome.hpp"

namespace pianola {

class Simulation;

struct SystemInfo {
  std::string spec;  ///< canonical, makes the same system again
  std::size_t observation_dim = 0, action_dim = 0;
  std::size_t state_size = 0;                     ///< doubles that save() writes a lane
  std::uint32_t horizon = 0;                      ///< default number of steps
  ActionRange action_range;                       ///< what the actuators accept; infinite where unbounded
  std::vector<ActionKind> action_kinds;           ///< [action_dim]
  std::optional<double> reward_low, reward_high;  ///< per step, under any action; null where there is no bound
  std::optional<double> reward_lipschitz;         ///< |Δr| ≤ L_r (‖Δx‖ + ‖Δu‖), if known
  bool deterministic = true;                      ///< no noise after reset
  std::string default_expert;                     ///< spec of its own expert; "" if it has none
  std::string simulator;                          ///< "mujoco 3.4.0"; "" for closed forms
  double step_seconds = 0.0;                      ///< duration of a step, 0 if it has no time
};

/// x' − x₀ ≈ A (x − x₀) + B (u − u₀) in observation coordinates, row-major. Exact for linear systems.
struct LinearModel {
  std::size_t n = 0, m = 0;  ///< observation_dim, action_dim
  std::vector<double> a, b;  ///< [n × n], [n × m]
};

class System {
 public:
  virtual ~System() = default;
  [[nodiscard]] virtual const SystemInfo& info() const = 0;
  /// A simulation of `lanes` trajectories. It may outlive no System that made it.
  [[nodiscard]] virtual std::unique_ptr<Simulation> simulate(std::size_t lanes) const = 0;
  /// One-step linear model about (x₀, u₀), if observations are a state of the system; nullopt if not.
  [[nodiscard]] virtual std::optional<LinearModel> linearise(std::span<const double> x0,
                                                             std::span<const double> u0) const {
    static_cast<void>(x0), static_cast<void>(u0);
    return std::nullopt;
  }
};

class Simulation {
 public:
  virtual ~Simulation() = default;
  [[nodiscard]] virtual const System& system() const = 0;
  [[nodiscard]] virtual std::size_t lanes() const = 0;
  /// Starts each lane anew. The initial state is a function of (key.child("plant"), id).
  virtual void reset(const NoiseKey& key, Ids ids) = 0;
  /// out: [lanes × observation_dim]. Cost: a copy of what is seen; no allocation, no lock.
  virtual void observe(std::span<double> out) const = 0;
  /// One step of every lane. Noise comes from (key of reset, id, h). A lane whose outcome is not `running` on entry
  /// freezes: its state stays, its reward is 0.
  /// h: [lanes]; actions: [lanes × action_dim]; rewards, outcomes: [lanes]. Cost: f a lane; no allocation, no lock.
  virtual void step(std::span<const std::uint32_t> h, std::span<const double> actions, std::span<double> rewards,
                    std::span<Outcome> outcomes) = 0;
  /// out: [lanes × state_size]: everything that step() and observe() read, bit for bit. Cost: a copy; no allocation.
  virtual void save(std::span<double> out) const = 0;
  /// Accepts the state of any lane of any simulation of the same system. Key and ids stay those of reset().
  virtual void restore(std::span<const double> saved) = 0;
};

/// What acting code sees of a moment.
struct Situation {
  Ids ids;                               ///< [lanes]
  std::span<const std::uint32_t> h;      ///< [lanes], from 0
  std::span<const double> observations;  ///< [lanes × observation_dim]
  std::span<const Outcome> outcomes;     ///< [lanes]
  const Simulation* plant = nullptr;     ///< planning experts and chunk replay save() it; null on a robot
  [[nodiscard]] std::size_t lanes() const { return ids.size(); }
};

}  // namespace pianola
