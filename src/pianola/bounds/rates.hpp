// Rate forms of Theorems 2, 3, 7 and the lower bounds of Theorems 8 and 9 (docs/theory.md §5, §9), universal constants
// set to 1: what grows how, not what is certified (bounds/certificates.hpp).
#pragma once

#include <cstdint>
#include <span>

namespace pianola {

/// What the theorems speak of. log_policies is log|Π| itself: classes may be larger than any number.
struct RateInputs {
  double n = 1.0;             ///< demonstrated trajectories, > 0
  double horizon = 1.0;       ///< H, > 0
  double epsilon = 0.0;       ///< quantization error ε_q, ≥ 0
  double log_policies = 0.0;  ///< log|Π|, nats, ≥ 0
  double log_models = 0.0;    ///< log|M|, nats, ≥ 0
  double delta = 0.05;        ///< failure probability, in (0, 1)
};

struct Rate {
  double statistical = 0.0, smoothness = 0.0, quantization = 0.0;
  [[nodiscard]] double total() const { return statistical + smoothness + quantization; }
};

/// Theorem 2: H·√(log(|Π|/δ)/n) + H²·ε. Stochastic q#π*, TVC with linear κ, global P-EIISS.
/// @throws UsageError for inputs out of their ranges, as all here.
Rate bound_theorem_2(const RateInputs& inputs);

/// Theorem 3: H·log(|Π|/δ)/n + H²·κ(γ((k+1)ε)) + H·[γ((k+1)ε) + (k+1)ε]. Deterministic q#π*, binning, kε-RTVC.
struct Theorem3Inputs {
  double k = 2.0;      ///< tokens agree within k·ε
  double gamma = 0.0;  ///< slope of the max-form modulus: γ(r) = gamma·r
  double jump = 0.0;   ///< δ_0: κ(r) = 1{r > δ_0}
};
Rate bound_theorem_3(const RateInputs& inputs, const Theorem3Inputs& loop);

/// Theorem 7: H·[√((log|Π| + log|M|)/n) + ε]. Algorithm 1, deterministic dynamics.
Rate bound_theorem_7(const RateInputs& inputs);

/// Theorem 8, statistical part, on the repaired instance: Δ(H − 1)(1 − Δ)^n/2, Δ = 1/(3n) unless given.
double lower_bound_theorem_8(std::uint64_t n, std::uint64_t horizon, double gap);
double lower_bound_theorem_8(std::uint64_t n, std::uint64_t horizon);

/// Theorem 8, quantization part: (H − 1)·ε/2.
double lower_bound_collision(std::uint64_t horizon, double epsilon);

/// Theorem 9: probability at least (1 − TV)/2 that the regret is Δ(H − 1) or more, TV that of Binomial(n, ½ ± Δ).
struct Theorem9Bound {
  double total_variation = 0.0, probability = 0.0, regret = 0.0;
};
/// gap: Δ in [0, ½]. The sum runs in log-space: its relative error is about 10⁻¹⁶·n·ln n. @throws UsageError.
Theorem9Bound lower_bound_theorem_9(std::uint64_t n, std::uint64_t horizon, double gap);

/// Least data rate, bits a step, at which any code can keep a linear plant from leaving every ball:
/// Σ_i max(0, log₂|λ_i|) (docs/theory.md §11). magnitudes: |λ_i|.
double necessary_rate(std::span<const double> magnitudes);

}  // namespace pianola
