// Plays another expert's efforts through the PD loop of systems/position_control: the target that asks for its action.
//
//   target = q + (u + k_d q̇) / k_p,  u = π(x),     so that k_p (target − q) − k_d q̇ = u when the step begins
//
// Later in the step the loop adds its own damping and stiffness, which the expert did not ask for: the two closed loops
// are alike, not equal. The law is the inner expert's, shifted and scaled. If that is L-Lipschitz, targets are
// (1 + (L + k_d) / k_p)-Lipschitz in the observation, proven by the triangle inequality.
#pragma once

#include <memory>
#include <string>

#include "pianola/base/spec.hpp"
#include "pianola/experts/expert.hpp"
#include "pianola/systems/position_control.hpp"

namespace pianola {

struct PositionTargetConfig {
  std::string expert;
  template <class V>
  void visit(V&& v) {
    v("expert", expert, "spec of an expert of the system that is controlled; empty: its own");
  }
};

class PositionTarget final : public Expert {
 public:
  /// @throws UsageError if `system` is no position_control, does not show the joints of its motors, or the inner expert
  /// has to plan on the plant.
  PositionTarget(const PositionTargetConfig& config, std::shared_ptr<const System> system);
  [[nodiscard]] const ExpertInfo& info() const override { return info_; }
  void act(const NoiseKey& key, const Situation& situation, std::span<double> actions) const override;
  bool law(const Situation& situation, std::span<ActionLaw> laws) const override;

 private:
  [[nodiscard]] double target(const double* seen, std::size_t i, double effort) const;

  std::shared_ptr<const System> system_;
  const PositionServo& servo_;
  std::shared_ptr<const Expert> inner_;
  ExpertInfo info_;
};

ExpertEntry entry_position_target();

}  // namespace pianola
