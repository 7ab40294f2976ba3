// The constants of the trap (docs/theory.md §6, Theorem 6), which its plant (systems/trap) and its quantizer
// (quantizers/trap) share, and the conditions under which they trap.
#pragma once

#include <string>
#include <vector>

namespace pianola {

struct TrapConstants {
  double epsilon = 0.015625;
  double a = 0.2, b = 0.3, k = 2.0, d = 1.2;
  template <class V>
  void visit(V&& v) {
    v("epsilon", epsilon, "nominal quantization error, in (0, 1); the plant's default horizon is ⌈64 ln²ε⌉");
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
std::vector<TrapCondition> trap_conditions(const TrapConstants& constants);

}  // namespace pianola
