// Swings the pendulum (systems/pendulum) up and holds it, by pumping energy and then catching.
//
//   E = θ̇²/2 + (3g/2)(cos θ − 1),  Ė = 3 θ̇ u:  u = clip(−κ (E − E₀), ±2) · sign θ̇   pumps towards E₀ above the top's 0
//   u = −(k_p θ + k_d θ̇)                                                             catches
//
// It catches in the upper half as soon as |k_p θ + k_d θ̇| is below `band`, and pumps elsewhere. sign 0 = 1, so it
// leaves the lower rest. Actions are clipped to the torque that the motor has. Discontinuous: no Lipschitz constant.
// Source of the idea: Åström, Furuta, "Swinging up a pendulum by energy control", Automatica 36 (2000).
#pragma once

#include "pianola/base/spec.hpp"
#include "pianola/experts/deterministic.hpp"

namespace pianola {

struct SwingUpConfig {
  double pump = 0.3, surplus = 0.5, kp = 8.0, kd = 2.0, band = 4.0;
  template <class V>
  void visit(V&& v) {
    v("pump", pump, "κ, torque per energy that is missing");
    v("surplus", surplus, "E₀, energy above that of upright rest");
    v("kp", kp, "torque per rad when catching");
    v("kd", kd, "torque per rad/s when catching");
    v("band", band, "largest catching torque (before clipping) at which it lets go of pumping");
  }
};

class SwingUp final : public DeterministicExpert {
 public:
  /// @throws UsageError if the system is no pendulum or an option is not finite.
  SwingUp(const SwingUpConfig& config, const System& system);
  [[nodiscard]] const ExpertInfo& info() const override { return info_; }
  using DeterministicExpert::act;
  void act(const Situation& situation, std::span<double> actions) const override;

 private:
  SwingUpConfig config_;
  double gravity_;
  ExpertInfo info_;
};

ExpertEntry entry_swing_up();

}  // namespace pianola
