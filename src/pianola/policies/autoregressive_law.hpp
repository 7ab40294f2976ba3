// The law of an increment, one quantized dimension after the other, for next states with several modes:
//
//   p(Δ | φ) = Π_d P(k_d | φ, k_1 … k_{d−1}) · g_d(Δ_d | k_d)
//
// k_d is the cell of Δ_d among `bins` equal ones of dimension d, P an autoregressive transformer's
// (transformer_weights.hpp) that sees φ as its one observation. Within an inner cell Δ_d is uniform; the cells at the
// ends have no outer edge, and there Δ_d lies exponentially beyond the inner one, with the cell's width as its scale:
// no increment has density 0. The mode takes the most likely cell of each dimension given those before it, at its
// centre.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "pianola/base/safetensors.hpp"
#include "pianola/policies/increment_law.hpp"
#include "pianola/policies/policy.hpp"

namespace pianola {

/// Equal cells of each dimension.
struct IncrementCells {
  std::size_t bins = 0;            ///< of each dimension, at least 2
  std::vector<double> low, width;  ///< [dim]; width > 0: cell k begins at low + k·width
  [[nodiscard]] std::size_t dim() const { return low.size(); }
  /// The cell of an increment of dimension d; those at the ends take what lies beyond.
  [[nodiscard]] std::uint32_t cell(std::size_t d, double increment) const;
  /// log g_d(increment | its cell), nats.
  [[nodiscard]] double log_density(std::size_t d, double increment) const;
  /// G_d(increment | its cell), in [0, 1].
  [[nodiscard]] double probability(std::size_t d, double increment) const;
  /// Its inverse: where in cell k the quantile u in (0, 1) lies.
  [[nodiscard]] double at_quantile(std::size_t d, std::uint32_t k, double u) const;
};

/// The same number of bins. @throws UsageError for fewer than 2, or more than 65,536.
std::size_t increment_bins(std::int64_t bins);

/// Cells over the increments' range [n × dim]; a dimension that is constant gets cells of width 1e-6.
/// @throws UsageError for bins as above, or no increment.
IncrementCells fit_increment_cells(std::span<const double> increments, std::size_t dim, std::size_t bins);

/// @throws UsageError unless the policy has one position of `bins` tokens a dimension and sees one observation.
std::shared_ptr<const IncrementLaw> make_autoregressive_law(IncrementCells cells, std::shared_ptr<const Policy> tokens);

/// Tensors "cells.low", "cells.width" (F64) and metadata "bins", to stand beside the transformer's.
void put_cells(const IncrementCells& cells, TensorFile& file);
/// @throws DataError naming `where` and what is missing or impossible.
IncrementCells cells_from_tensors(const TensorFile& file, const std::string& where);

}  // namespace pianola
