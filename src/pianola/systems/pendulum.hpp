// The pendulum of Gymnasium's Pendulum-v1, in closed form (θ = 0 is upright, torque u clipped to ±2):
//
//   θ̇' = clip(θ̇ + (3g/(2l) sin θ + 3/(m l²) u) Δt, ±8),   θ' = θ + θ̇' Δt,   g = 10, m = l = 1, Δt = 0.05
//   r = −(wrap(θ)² + 0.1 θ̇² + 0.001 u²),  wrap to [−π, π)
//   observation (cos θ, sin θ, θ̇);  θ ~ U[−π, π], θ̇ ~ U[−1, 1] at first;  200 steps, no termination
//
// Rewards are in [−(π² + 6.4 + 0.004), 0]. In observations, wrap(θ)² has Lipschitz constant 2π (|θ₁² − θ₂²| ≤
// 2π · chord, since π sin y ≥ y(π − y) on [0, π/2]) and 0.1 θ̇² has 1.6, so L_r = √(4π² + 1.6²).
// The state never diverges: the speed is clipped. θ is not wrapped, as in Gymnasium.
// Source: Farama-Foundation/Gymnasium, gymnasium/envs/classic_control/pendulum.py. Differs: observations are double.
#pragma once

#include <memory>

#include "pianola/base/spec.hpp"
#include "pianola/systems/observation_geometry.hpp"
#include "pianola/systems/registry.hpp"
#include "pianola/systems/system.hpp"

namespace pianola {

struct PendulumConfig {
  double g = 10.0;
  int horizon = 200;
  template <class V>
  void visit(V&& v) {
    v("g", g, "gravity, m/s²");
    v("horizon", horizon, "steps");
  }
};

class Pendulum final : public System, public DeclaresGeometry {
 public:
  static constexpr double kMaxSpeed = 8.0, kMaxTorque = 2.0, kStepSeconds = 0.05;

  /// @throws UsageError if g is not finite and ≥ 0, or horizon < 1.
  explicit Pendulum(const PendulumConfig& config);
  [[nodiscard]] const SystemInfo& info() const override { return info_; }
  [[nodiscard]] std::unique_ptr<Simulation> simulate(std::size_t lanes) const override;
  [[nodiscard]] ObservationGeometry observation_geometry() const override { return {.angles = {}, .circles = {0}}; }
  [[nodiscard]] double gravity() const { return config_.g; }

 private:
  PendulumConfig config_;
  SystemInfo info_;
};

SystemEntry system_entry_pendulum();

}  // namespace pianola
