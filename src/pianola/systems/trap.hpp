// The paper's trap (docs/theory.md §6, Theorem 6): a plant on which a quantizer with a small in-distribution error
// costs a constant per step for ever.
//
//   x_{h+1} = A x_h + B u_h,  x_1 ~ N(0, 1),  r(x, u) = 1 − |u − arctan x|,  expert π*(x) = arctan x,  λ = A + B < 1
//
// The plant knows A and B only. ε sets its default horizon ⌈64 ln²ε⌉, no more; k and d are options so that one spec
// names the whole instance. What the constants must satisfy to trap is the quantizer's to ask: trap_conditions().
// The actions' range is ±π/2, that of arctan; the plant does not clip to it.
//
// The reward is that of the paper, not clipped either: at most 1, without a lower bound. Under actions within the range
// it is above 1 − π, and it is in [0, 1] while |u − arctan x| ≤ 1, as in all of §6. L_r = 1. There is no divergence
// within the range of actions: |A| < 1. Outside of it the rule of systems/linear.hpp holds: |x| > 1e9 is `diverged`.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "pianola/base/spec.hpp"
#include "pianola/systems/registry.hpp"
#include "pianola/systems/system.hpp"

namespace pianola {

struct TrapConfig {
  double epsilon = 0.015625;
  double a = 0.2, b = 0.3, k = 2.0, d = 1.2;
  template <class V>
  void visit(V&& v) {
    v("epsilon", epsilon, "nominal quantization error, in (0, 1); sets the default horizon ⌈64 ln²ε⌉");
    v("a", a, "x' = a x + b u");
    v("b", b, "x' = a x + b u");
    v("k", k, "width of the resting interval in ε");
    v("d", d, "distance of the first trap interval in ε");
  }
};

/// One condition of §6, e.g. {"d > k/2", "1.2 > 1", true}.
struct TrapCondition {
  std::string claim, numbers;
  bool holds = false;
};

/// The conditions under which the cycle I_T1 → I_T2 → I_T1 exists and is reached: d > k/2, k > B/(1−λ), A·k < 1,
/// ε < B/(1 + (1−A)d). (The paper's k/2 > B/(1−λ) is not needed: docs/theory.md §6.)
std::vector<TrapCondition> trap_conditions(const TrapConfig& config);

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

SystemEntry entry_trap();

}  // namespace pianola
