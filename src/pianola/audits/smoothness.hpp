// Smoothness of what a controller plays: its modulus κ (docs/theory.md §4), proven where it can be and sampled anyway.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "pianola/audits/audit.hpp"
#include "pianola/audits/jump_search.hpp"
#include "pianola/audits/sampled_modulus.hpp"

namespace pianola {

/// ε', and what is proven about κ at it.
struct SmoothnessScale {
  double tolerance = 0.0;
  std::optional<double> proven_radius;  ///< δ₀: κ(r) = 0 for r ≤ δ₀, proven; nothing: not proven
  std::string reason;                   ///< one sentence: where ε' comes from
  std::optional<double> most = {};  ///< between a scheme's outermost levels: no two actions differ by more, if known
  std::optional<double> step = {};  ///< 2ε_sup, from a bin's level to the next one's, at most; if known
  /// Whether two actions can differ by more than ε'; nothing: not known. If not, W_ε' is 0 whatever is played.
  [[nodiscard]] std::optional<bool> tells() const {
    constexpr double kSlack = 1e-6;
    return most ? std::optional(tolerance * (1.0 + kSlack) < *most) : std::nullopt;
  }
};

/// ε' for the plan. Bins of half-width ε, chunk 1 and a deterministic expert that is L-Lipschitz in linear dimensions:
/// two actions a apart have representatives at most a + 2ε apart (Proposition 5 ii), so κ(r) = 0 for L·r ≤ ε' − 2ε,
/// with
///
///   ε' = k·ε,  k = (2 + L·Γ)/(1 − L·Γ) under the small gain L·Γ < 1, Γ = Σ_j g_j of the stability audit (§8); else 4ε
///
/// Other bins of `uniform`: 4ε, which the step to the next bin, 2ε, does not exceed. Anything else: 4·ε_in, the error
/// seen on the expert's own actions, which a jump has to exceed to count as one.
SmoothnessScale smoothness_scale(const AuditPlan& plan, const AuditFindings& findings);

struct SmoothnessMeasurement {
  std::vector<SmoothPair> pairs;
  std::vector<JumpSearch> searches;
  SampledModulus modulus;
};

/// Pairs, search and modulus. @throws as make_deployed_law and smooth_pairs.
SmoothnessMeasurement measure_smoothness(const AuditPlan& plan, const DeployedLaw& law, double tolerance);

AuditEntry audit_entry_smoothness();

}  // namespace pianola
