// W_ε'(P, Q), the distance in which policies are smooth (docs/theory.md §4, Definition 4):
//
//   W_ε'(P, Q) = min over couplings of P(‖U − U'‖ > ε') = 1 − (largest mass matched between atoms at distance ≤ ε')
//
// ε' = 0 is the total variation. Exact: a maximum flow between the atoms (E. Dinic, 1970), in whole numbers of 2⁻⁵⁰,
// so that the result is off by no more than (n + m)·2⁻⁵⁰; on a line left-to-right matching is optimal and needs a sort.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace pianola {

/// A law with finitely many atoms, by reference. Atoms may repeat.
struct DiscreteLaw {
  std::span<const double> atoms;    ///< [n × dim] row-major, finite
  std::span<const double> weights;  ///< [n], ≥ 0, sum 1 (within 10⁻⁶; they are divided by their sum)
};

/// How much of each atom of P goes where, and what is matched.
struct Transport {
  double distance = 0.0;               ///< W_ε'(P, Q), in [0, 1]
  std::vector<double> unmatched;       ///< [n], mass of P's atoms that has no partner within ε'
  std::vector<double> unmatched_of_q;  ///< [m]
};

/// W_ε'(P, Q) between laws on R^dim, Euclidean distance. tolerance: ε' ≥ 0.
/// @throws UsageError for laws of no atoms, weights that are no law, a dimension of 0, sizes that do not fit, or more
/// than 16,384 atoms in one law where dim > 1.
/// Cost: dim = 1: O((n + m) log(n + m)). Else O(n·m) distances, and at worst O(min(n, m)·n·m) steps of matching, in
/// practice a few n·m/64.
Transport transport(const DiscreteLaw& p, const DiscreteLaw& q, std::size_t dim, double tolerance);

/// The same matching as a minimum cut, found without the flow's structure: enumerates all subsets of P's atoms. For
/// tests: at most 16 atoms in P.
double transport_by_cuts(const DiscreteLaw& p, const DiscreteLaw& q, std::size_t dim, double tolerance);

/// Total variation of two laws on the same atoms: ½ Σ |p_i − q_i|. @throws UsageError if the lengths differ.
double total_variation(std::span<const double> p, std::span<const double> q);

}  // namespace pianola
