#include "pianola/bounds/transport.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

#include "pianola/base/error.hpp"
#include "pianola/bounds/bipartite_flow.hpp"

namespace pianola {
namespace {

constexpr double kUnit = 1125899906842624.0;  // 2⁵⁰
constexpr std::size_t kMostAtoms = 16'384;    // an adjacency of 32 MiB

void check(const char* which, const DiscreteLaw& law, std::size_t dim) {
  const std::size_t n = law.weights.size();
  if (dim == 0 || n == 0 || law.atoms.size() != n * dim) {
    throw UsageError("transport: " + std::string(which) + " has " + std::to_string(law.atoms.size()) + " numbers and " +
                     std::to_string(n) + " weights; atoms are [n × " + std::to_string(dim) +
                     "], weights [n], n and dimension at least 1");
  }
  double sum = 0.0;
  bool sound = std::ranges::all_of(law.atoms, [](double x) { return std::isfinite(x); });
  for (const double weight : law.weights) {
    sound = sound && weight >= 0.0;
    sum += weight;
  }
  if (sound && std::abs(sum - 1.0) <= 1e-6) return;
  throw UsageError("transport: the atoms of " + std::string(which) +
                   " must be finite and its weights a law; they sum to " + std::to_string(sum));
}

/// Weights in whole units that sum to 2⁵⁰ exactly: each is rounded down, and the rest goes to the first of the largest.
std::vector<std::uint64_t> in_units(std::span<const double> weights) {
  const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  std::vector<std::uint64_t> units;
  units.reserve(weights.size());
  std::uint64_t total = 0;
  for (const double weight : weights) {
    units.push_back(static_cast<std::uint64_t>(std::min(weight / sum, 1.0) * kUnit));
    total += units.back();
  }
  const auto largest = std::ranges::max_element(units);
  *largest += static_cast<std::uint64_t>(kUnit) - total;
  return units;
}

std::vector<std::size_t> ascending(std::span<const double> atoms) {
  std::vector<std::size_t> order(atoms.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, [&](std::size_t i, std::size_t j) { return atoms[i] < atoms[j]; });
  return order;
}

/// Matches on a line: each atom of P, from left to right, takes the leftmost mass of Q that is left within reach.
/// What is left over stays in p and q.
void match_on_line(const DiscreteLaw& from, const DiscreteLaw& to, double tolerance, std::vector<std::uint64_t>& p,
                   std::vector<std::uint64_t>& q) {
  const auto left = ascending(from.atoms), right = ascending(to.atoms);
  std::size_t first = 0;
  for (const std::size_t i : left) {
    const double x = from.atoms[i];
    while (first < right.size() && to.atoms[right[first]] < x && x - to.atoms[right[first]] > tolerance) ++first;
    for (std::size_t k = first; k < right.size() && p[i] > 0; ++k) {
      const std::size_t j = right[k];
      if (to.atoms[j] > x && to.atoms[j] - x > tolerance) break;
      const std::uint64_t moved = std::min(p[i], q[j]);
      p[i] -= moved;
      q[j] -= moved;
      if (q[j] == 0 && k == first) ++first;
    }
  }
}

bool within(const double* x, const double* y, std::size_t dim, double tolerance) {
  double sum = 0.0;
  for (std::size_t d = 0; d < dim; ++d) sum += (x[d] - y[d]) * (x[d] - y[d]);
  return std::sqrt(sum) <= tolerance;
}

void match_by_flow(const DiscreteLaw& from, const DiscreteLaw& to, std::size_t dim, double tolerance,
                   std::vector<std::uint64_t>& p, std::vector<std::uint64_t>& q) {
  if (std::max(p.size(), q.size()) > kMostAtoms) {
    throw UsageError("transport: at most " + std::to_string(kMostAtoms) + " atoms in several dimensions, not " +
                     std::to_string(std::max(p.size(), q.size())) + "; merge atoms, or use certified bounds");
  }
  BipartiteFlow flow(p, q);
  for (std::size_t i = 0; i < p.size(); ++i) {
    for (std::size_t j = 0; j < q.size(); ++j) {
      if (within(&from.atoms[i * dim], &to.atoms[j * dim], dim, tolerance)) flow.connect(i, j);
    }
  }
  flow.maximise();
  p = flow.supply();
  q = flow.demand();
}

std::vector<double> in_mass(const std::vector<std::uint64_t>& units) {
  std::vector<double> mass;
  mass.reserve(units.size());
  for (const std::uint64_t unit : units) mass.push_back(static_cast<double>(unit) / kUnit);
  return mass;
}

}  // namespace

Transport transport(const DiscreteLaw& p, const DiscreteLaw& q, std::size_t dim, double tolerance) {
  check("P", p, dim);
  check("Q", q, dim);
  if (!(tolerance >= 0.0)) {
    throw UsageError("transport: the tolerance must be at least 0, not " + std::to_string(tolerance));
  }
  std::vector<std::uint64_t> left = in_units(p.weights), right = in_units(q.weights);
  if (dim == 1) {
    match_on_line(p, q, tolerance, left, right);
  } else {
    match_by_flow(p, q, dim, tolerance, left, right);
  }
  const std::uint64_t rest = std::accumulate(left.begin(), left.end(), std::uint64_t{0});
  return {static_cast<double>(rest) / kUnit, in_mass(left), in_mass(right)};
}

double transport_by_cuts(const DiscreteLaw& p, const DiscreteLaw& q, std::size_t dim, double tolerance) {
  check("P", p, dim);
  check("Q", q, dim);
  const std::size_t n = p.weights.size();
  if (n > 16) throw UsageError("transport by cuts: at most 16 atoms in P, not " + std::to_string(n));
  // Strassen: W = max over sets A of P's atoms of P(A) − Q(atoms within ε' of A).
  double worst = 0.0;
  for (std::size_t set = 0; set < std::size_t{1} << n; ++set) {
    double excess = 0.0;
    for (std::size_t i = 0; i < n; ++i) excess += (set >> i & 1) != 0 ? p.weights[i] : 0.0;
    for (std::size_t j = 0; j < q.weights.size(); ++j) {
      bool near = false;
      for (std::size_t i = 0; i < n && !near; ++i) {
        near = (set >> i & 1) != 0 && within(&p.atoms[i * dim], &q.atoms[j * dim], dim, tolerance);
      }
      if (near) excess -= q.weights[j];
    }
    worst = std::max(worst, excess);
  }
  return worst;
}

double total_variation(std::span<const double> p, std::span<const double> q) {
  if (p.size() != q.size()) {
    throw UsageError("total variation: laws of " + std::to_string(p.size()) + " and " + std::to_string(q.size()) +
                     " atoms; the same atoms are required");
  }
  double sum = 0.0;
  for (std::size_t i = 0; i < p.size(); ++i) sum += std::abs(p[i] - q[i]);
  return 0.5 * sum;
}

}  // namespace pianola
