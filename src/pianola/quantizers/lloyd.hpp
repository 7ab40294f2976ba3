// Lloyd's iterations: codes that are means of the rows nearest to them.
//
//   assign   a_i = nearest code of row i (exactly: nearest_code.hpp)
//   update   c_j = mean of the rows with a_i = j; a code without rows is re-seeded with a random row
//
// until no row changes its code, or `iterations` times. The rows keep bounds of their distances (Hamerly): a row whose
// code cannot have changed is not looked at again. Pruning changes no bit of the result: bounds are rounded outwards,
// and a row is skipped only where its code is strictly the nearest.
//
// Single numbers are sorted once, and a code's rows are then an interval (sorted_line.hpp).
//
// Sums are exact: every number is rounded once to a multiple of 2⁻ᵉ, with at least 62 − log₂ n bits below the largest
// of its dimension (35 bits for 100 million rows), and integers are summed. So rows that move are taken from one sum
// and added to another without drift, and the result does not depend on threads or order.
//
// Sources: Lloyd, "Least squares quantization in PCM", IEEE Trans. Inf. Theory 28 (1982); Hamerly, "Making k-means even
// faster", SDM 2010; re-seeding as Behavior Transformers do (Shafiullah et al., 2022).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "pianola/base/random.hpp"

namespace pianola {

struct LloydOptions {
  std::size_t iterations = 50;
  bool prune = true;  ///< false: every row is assigned again every time (the slow, obvious reference)
};

struct LloydResult {
  std::vector<float> codes;           ///< [k × dim]
  std::vector<std::uint32_t> tokens;  ///< [n]: the nearest code of each row
  std::vector<std::uint32_t> counts;  ///< [k]: rows of each code; 0: a dead code, which the last iteration left over
  double inertia = 0.0;               ///< Σ squared distance of a row to its code
  std::size_t iterations = 0;         ///< done
  bool converged = false;             ///< no row changed any more
  std::size_t reseeded = 0;           ///< dead codes that got a new place on the way
};

/// rows: [n × dim], finite, within ±1e15; 1 ≤ n < 2³². starts: [k × dim]. key: for re-seeding.
/// Memory: 12 bytes a row beside the rows. Cost: at most iterations·n·k·dim multiply-adds; dim = 1: a radix sort and
/// iterations·k·log n. @throws Interrupted.
LloydResult lloyd(std::span<const float> rows, std::size_t dim, std::vector<float> starts, const NoiseKey& key,
                  const LloydOptions& options = {});

/// k different rows, drawn at random [k × dim] (different by number: their values may be equal). k ≤ n.
std::vector<float> random_rows(std::span<const float> rows, std::size_t dim, std::size_t k, const NoiseKey& key);

/// How many different rows there are; counting ends at `most`.
std::size_t distinct_rows(std::span<const float> rows, std::size_t dim, std::size_t most);

}  // namespace pianola
