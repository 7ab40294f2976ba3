#include "pianola/audits/finite_law.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <compare>
#include <numeric>

namespace pianola {
namespace {

std::span<const double> atom(const FiniteLaw& law, std::size_t i) { return {&law.atoms[i * law.dim], law.dim}; }

/// Lexicographic order of atom i of p and atom j of q.
std::partial_ordering order(const FiniteLaw& p, std::size_t i, const FiniteLaw& q, std::size_t j) {
  const auto a = atom(p, i), b = atom(q, j);
  return std::lexicographical_compare_three_way(a.begin(), a.end(), b.begin(), b.end());
}

double distance(std::span<const double> a, std::span<const double> b) {
  double sum = 0.0;
  for (std::size_t d = 0; d < a.size(); ++d) sum += (a[d] - b[d]) * (a[d] - b[d]);
  return std::sqrt(sum);
}

}  // namespace

void merge_atoms(FiniteLaw& law) {
  if (!std::ranges::all_of(law.atoms, [](double x) { return std::isfinite(x); })) {
    law.atoms.clear(), law.weights.clear();
    return;
  }
  std::vector<std::size_t> by(law.weights.size());
  std::iota(by.begin(), by.end(), std::size_t{0});
  std::ranges::stable_sort(by, [&](std::size_t i, std::size_t j) { return std::is_lt(order(law, i, law, j)); });
  FiniteLaw merged{law.dim, {}, {}};
  for (const std::size_t i : by) {
    if (law.weights[i] <= 0.0) continue;
    const auto value = atom(law, i);
    const std::size_t last = merged.weights.size();
    if (last > 0 && std::ranges::equal(atom(merged, last - 1), value)) {
      merged.weights.back() += law.weights[i];
      continue;
    }
    merged.atoms.insert(merged.atoms.end(), value.begin(), value.end());
    merged.weights.push_back(law.weights[i]);
  }
  const double sum = std::accumulate(merged.weights.begin(), merged.weights.end(), 0.0);
  for (double& weight : merged.weights) weight /= sum;
  law = std::move(merged);
}

double quantile_distance(const FiniteLaw& p, const FiniteLaw& q) {
  assert(p.exists() && q.exists() && p.dim == q.dim);
  double sum = 0.0, left = p.weights[0], right = q.weights[0];
  for (std::size_t i = 0, j = 0;;) {
    const double moved = std::min(left, right);
    sum += moved * distance(atom(p, i), atom(q, j));
    left -= moved, right -= moved;
    // The sums of weights may differ by rounding: who has run out of atoms ends it.
    if (left <= 0.0 && ++i == p.weights.size()) return sum;
    if (right <= 0.0 && ++j == q.weights.size()) return sum;
    if (left <= 0.0) left = p.weights[i];
    if (right <= 0.0) right = q.weights[j];
  }
}

double total_variation(const FiniteLaw& p, const FiniteLaw& q) {
  double more = 0.0;  // what P has beyond Q: exactly 0 for equal laws
  for (std::size_t i = 0, j = 0; i < p.weights.size();) {
    const auto which = j < q.weights.size() ? order(p, i, q, j) : std::partial_ordering::less;
    if (std::is_eq(which)) more += std::max(0.0, p.weights[i] - q.weights[j]);
    if (std::is_lt(which)) more += p.weights[i];
    if (std::is_lteq(which)) ++i;
    if (std::is_gteq(which)) ++j;
  }
  return std::min(more, 1.0);
}

}  // namespace pianola
