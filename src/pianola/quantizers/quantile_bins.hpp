// Quantile bins: each action dimension by itself, K cells that hold equal shares of the data.
//
//   edges at the exact quantiles k/K of the data (data/order_statistics.hpp), k = 1 … K − 1
//   representatives=mean     of the data in the cell: the least squared error; of an empty cell, its centre
//   representatives=median   the quantile (k + ½)/K: the least absolute error; beside an atom, as for mean
//   representatives=centre   of the cell's part inside the range
//
// The range is the data's minimum and maximum. An action outside belongs to the first or last cell, and saturated()
// counts it. ε_sup is that of the widest, outermost cells: more than `uniform` has at the same K, while the error in
// distribution is usually less.
//
// Ties: a number that two or more quantiles agree on (a probability atom of mass ≥ 1/K, as in saturated demonstrations)
// gets a token of its own and stands for itself: of all actions that round to the same float32 number. Edges that agree
// are one edge, so a dimension with ties has fewer than K tokens. A dimension with such a token has no density.
// Constant dimensions (float32 cannot tell the minimum from the maximum): one token, which stands for the middle.
// Nothing is ever divided by a difference of quantiles, so that a degenerate dimension cannot blow up. Fewer actions
// than bins are an error.
//
// Resolution may differ between dimensions: bit_allocation.hpp.
// Source: the field's own practice; edges at quantiles are equal-mass (maximum-entropy) scalar quantization, which
// minimises neither error.
#pragma once

#include <string>

#include "pianola/quantizers/bit_allocation.hpp"
#include "pianola/quantizers/edge_bins.hpp"

namespace pianola {

struct QuantileBinsConfig {
  int bins = 256;  ///< tokens a dimension at most, 2 … 4,096; action_dim · bins ≤ 65,536, half of it for medians
  std::string representatives = "mean";  ///< mean, median or centre
  BitOptions bits = {};

  template <class V>
  void visit(V&& v) {
    v("bins", bins, "tokens a dimension at most, 2 … 4096; times the dimensions at most 65536, 32768 for medians");
    v("representatives", representatives, "mean or median of the data in a bin, or its centre");
    bits.visit(v);
  }
};

class QuantileBins final : public EdgeBins {
 public:
  /// Cost: three passes over the data, sorted in memory up to 2²⁸ values (2 GiB); beyond that two or three for the
  /// quantiles (streamed_quantiles.hpp), 64 KiB for each, and two more.
  /// @throws UsageError for options out of range or no data, DataError for fewer actions than bins or a number that is
  /// not finite or beyond ±kLargestRangeBound.
  static std::unique_ptr<QuantileBins> fit(const QuantileBinsConfig& config, const FitContext& context);

  /// axes: as fit makes them. @throws UsageError for axes that are none: edges ascend strictly inside the range and are
  /// float32 numbers, representatives lie in their cells.
  QuantileBins(const QuantileBinsConfig& config, std::size_t chunk, std::vector<BinAxis> axes);

  [[nodiscard]] nlohmann::ordered_json save() const override;
};

}  // namespace pianola
