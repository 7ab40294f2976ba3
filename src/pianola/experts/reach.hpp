// Reaches for the target of the two-link arm (systems/two_link_reacher): computed torque to the inverse kinematics.
//
//   cos θ₂* = (r² − L₁² − L₂²)/(2 L₁ L₂),   θ₁* = atan2(y, x) − atan2(L₂ sin θ₂*, L₁ + L₂ cos θ₂*)
//   τ = M(θ) (k_p (θ* − θ) − k_d θ̇) + C(θ, θ̇) θ̇ + D θ̇,   u_i = τ_i / gear_i
//
// The elbow stays on the side on which it is; θ₁* is taken within half a turn of θ₁. Both make it discontinuous: no
// Lipschitz constant. M, C for uniform rods (TwoLinkArm). Actions are raw: the plant clips them to its range.
#pragma once

#include "pianola/base/spec.hpp"
#include "pianola/experts/deterministic.hpp"

namespace pianola {

struct ReachConfig {
  double kp = 60.0, kd = 15.0;
  template <class V>
  void visit(V&& v) {
    v("kp", kp, "1/s², acceleration per rad");
    v("kd", kd, "1/s, acceleration per rad/s");
  }
};

class Reach final : public DeterministicExpert {
 public:
  /// @throws UsageError if the system is no two-link reacher or an option is not finite.
  Reach(const ReachConfig& config, const System& system);
  [[nodiscard]] const ExpertInfo& info() const override { return info_; }
  using DeterministicExpert::act;
  void act(const Situation& situation, std::span<double> actions) const override;

 private:
  ReachConfig config_;
  ExpertInfo info_;
};

ExpertEntry entry_reach();

}  // namespace pianola
