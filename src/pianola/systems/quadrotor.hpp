// A planar quadrotor that has to hover: six states, two rotors, unstable in open loop.
//
//   m ẍ = −(T + u₁ + u₂) sin θ,   m z̈ = (T + u₁ + u₂) cos θ − m g,   J θ̈ = r (u₁ − u₂),   T = m₀ g
//
// m₀ = 0.486 kg, J = 0.00383 kg m², r = 0.25 m, g = 9.81 m/s²; m = m₀ + `payload`. The actions u₁ (on the side of +x),
// u₂ are rotor thrusts less those that hover without payload, N, clipped to ± m₀ g / 2: each rotor pushes from nothing
// to twice its share; what it adds is `rotor_gain` times what it is told (1 by default). One step is 0.02
// s of a fourth-order Runge–Kutta step, thrusts held; then (ẋ, ż) += wind · 0.02 s · ω, ω ~ N(0, I) (option `wind`,
// m/s², 0 by default: deterministic). Observation and state (6): x, z [m], θ [rad], ẋ, ż [m/s], θ̇ [rad/s], against the
// point to hold. At hover all six eigenvalues of a step are 1, in chains of 4 and 2: errors grow with the third power
// of time, and a tilted quadrotor falls away. linearise() is exact up to rounding, and the expert is LQR, which
// saturates in the first steps of far starts.
//
//   r = 1 − min(1, ½ ‖(x, z)‖ + ½ |θ| + 0.05 ‖u‖), of the state before the step, u clipped: in [0, 1]
//   L_r = √½: the state's gradient is at most √(½² + ½²), the action's 0.05
//
// Beyond |x|, |z| ≤ 5 m or |θ| ≤ π the trajectory is terminated; nothing is paid near there in any case. Starts:
// x, z ~ U[−1, 1] m, θ ~ U[−0.6, 0.6] rad, velocities ~ U[−0.5, 0.5].
// Source: equations and constants of the planar quadrotor in R. Tedrake, Underactuated Robotics, §3.3 (Drake's
// examples/quadrotor2d has the same numbers).
#pragma once

#include <memory>
#include <optional>

#include "pianola/base/spec.hpp"
#include "pianola/systems/registry.hpp"
#include "pianola/systems/system.hpp"

namespace pianola {

struct QuadrotorConfig {
  double wind = 0.0;
  double payload = 0.0, rotor_gain = 1.0;
  int horizon = 200;
  template <class V>
  void visit(V&& v) {
    v("wind", wind, "standard deviation of the acceleration that wind adds to x and z, m/s², drawn each step");
    v("payload", payload, "carried mass that the thrust of hovering does not hold, kg, in [0, 0.4]");
    v("rotor_gain", rotor_gain, "thrust that a rotor adds to hovering's for each newton asked for");
    v("horizon", horizon, "steps of 0.02 s");
  }
};

class Quadrotor final : public System {
 public:
  static constexpr double kMass = 0.486, kInertia = 0.00383, kArm = 0.25, kGravity = 9.81, kStepSeconds = 0.02;
  static constexpr double kMaxThrust = kMass * kGravity / 2.0;  ///< of a rotor beyond hovering, N
  static constexpr double kRoom = 5.0;                          ///< |x|, |z| beyond it end the trajectory, m

  /// @throws UsageError if wind is not finite and ≥ 0, payload or rotor_gain out of range, or horizon < 1.
  explicit Quadrotor(const QuadrotorConfig& config);
  [[nodiscard]] const SystemInfo& info() const override { return info_; }
  [[nodiscard]] std::unique_ptr<Simulation> simulate(std::size_t lanes) const override;
  /// By differences of a step, complex ones: no rounding but that of the step itself.
  /// @throws UsageError if a size differs or u₀ is not inside the action range.
  [[nodiscard]] std::optional<LinearModel> linearise(std::span<const double> x0,
                                                     std::span<const double> u0) const override;
  [[nodiscard]] const QuadrotorConfig& config() const { return config_; }

 private:
  QuadrotorConfig config_;
  SystemInfo info_;
};

SystemEntry system_entry_quadrotor();

}  // namespace pianola
