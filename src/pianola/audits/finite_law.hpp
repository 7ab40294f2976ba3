// A law of actions with finitely many atoms, and how far two of them are apart.
//
//   W_ε'(P, Q)                bounds/transport.hpp
//   ∫₀¹ ‖F⁻¹(t) − G⁻¹(t)‖ dt   the mean distance of actions when both are drawn with one uniform, atoms in
//   lexicographic
//                             order: in one dimension the Wasserstein distance, in several an upper bound of it
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "pianola/bounds/transport.hpp"

namespace pianola {

struct FiniteLaw {
  std::size_t dim = 0;
  std::vector<double> atoms;    ///< [k × dim]
  std::vector<double> weights;  ///< [k], sum 1; empty: there is no law (the policy has no finite action here)

  [[nodiscard]] DiscreteLaw view() const { return {atoms, weights}; }
  [[nodiscard]] bool exists() const { return !weights.empty(); }
};

/// Sorts atoms lexicographically, joins equal ones, drops those without weight and divides weights by their sum. A law
/// with an atom that is not finite becomes none.
void merge_atoms(FiniteLaw& law);

/// The mean distance above; both laws merged, of one dimension.
double quantile_distance(const FiniteLaw& p, const FiniteLaw& q);

/// P(U ≠ U') at best: what P has beyond Q, in one walk along both; laws merged. Exactly 0 for equal laws.
double total_variation(const FiniteLaw& p, const FiniteLaw& q);

}  // namespace pianola
