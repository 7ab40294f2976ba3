// The paper's trap (docs/theory.md §6, Theorem 6): a plant on which a quantizer with a small in-distribution error
// costs a constant per step for ever.
//
//   x_{h+1} = A x_h + B u_h,  x_1 ~ N(0, 1),  r(x, u) = 1 − |u − arctan x|,  expert π*(x) = arctan x,  λ = A + B < 1
//
// The plant knows A and B only. ε sets its default horizon ⌈64 ln²ε⌉, no more; k and d are options so that one spec
// names the whole instance. What the constants must satisfy to trap is for the quantizer to ask (quantizers/trap).
// The actions' range is ±π/2, that of arctan; the plant does not clip to it.
//
// The reward is that of the paper, not clipped either: at most 1, without a lower bound. Under actions within the range
// it is above 1 − π, and it is in [0, 1] while |u − arctan x| ≤ 1, as in all of §6. L_r = 1. There is no divergence
// within the range of actions: |A| < 1. Outside of it the rule of systems/linear.hpp holds: |x| > 1e9 is `diverged`.
#pragma once

#include <memory>
#include "pianola/base/spec.hpp"
#include "pianola/bounds/trap_constants.hpp"
#include "pianola/systems/registry.hpp"
#include "pianola/systems/system.hpp"

namespace pianola {

/// Only epsilon (the horizon), a and b are the plant's own.
using TrapConfig = TrapConstants;

class Trap final : public System {
 public:
  /// @throws UsageError if a constant is not finite and positive, λ ≥ 1, or ε ≥ 1.
  explicit Trap(const TrapConfig& config);
  [[nodiscard]] const SystemInfo& info() const override { return info_; }
  [[nodiscard]] std::unique_ptr<Simulation> simulate(std::size_t lanes) const override;
  /// Exact: the plant is linear.
  [[nodiscard]] std::optional<LinearModel> linearise(std::span<const double> x0,
                                                     std::span<const double> u0) const override;
  [[nodiscard]] const TrapConfig& config() const { return config_; }

 private:
  TrapConfig config_;
  SystemInfo info_;
};

SystemEntry system_entry_trap();

}  // namespace pianola
