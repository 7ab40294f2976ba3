// Uniform bins: each action dimension by itself, K tokens on its range [low, high].
//
//   representatives=centre   cells of width w = (high − low)/K; token k stands for low + (k + ½)·w     error ≤ w/2
//   representatives=ends     levels low + k·s, s = (high − low)/(K − 1); a cell is what lies nearest    error ≤ s/2
//   representatives=mean     the cells of `centre`; token k stands for the mean of the data in its cell (of the values
//                            clipped to the range; an empty cell falls back to its centre)
//
// One step of D dimensions: ε_sup = √(Σ_d e_d²), e_d the largest error in dimension d, exact up to rounding.
// Cells are closed below and open above; the last one holds `high` as well. A value outside the range is clipped: it
// has the token of the nearest end, and saturated() counts it. Actions saturate in practice, and a bin centre can never
// reach the bound; `ends` can, and so can atoms.
//
// Atoms (`atoms=true`, with centre or mean): where demonstrations saturate, a bound carries probability of its own. It
// then gets a token that stands for the bound exactly: of actions on it (within eight float32 roundings) or beyond. The
// other K − 1 or K − 2 tokens share the rest of the range. A bound is taken for an atom if that lowers the mean error
// of actions that are otherwise spread evenly: if it holds a share p of the data (two actions at least) with
// p/(1 − p) > 1/(2(K − 1)). A dimension with atoms has no density.
//
// Resolution may differ between dimensions: `bits=auto,total_bits=48` or `bits=4;6;8` (bit_allocation.hpp). With 0 bits
// a dimension has one token, which stands for the middle of the range, or for the data's mean.
//
// Constant dimensions: where float32 cannot tell `low` from `high` (or their difference is too small to divide by)
// there is one token, which stands for the middle of the two: no division by zero, no blown-up noise.
//
// Float and double: encode computes the cell in float32, quantize the same formula in double. They agree unless the
// action lies within float32 rounding of an edge between cells, where either neighbour is as near.
//
// A chunk of c steps is c·D tokens, step by step: position p is coordinate p of the flattened chunk.
// Source of the three choices: the field's own practice; see docs/theory.md §4 for what binning preserves. `mode=`
// gives the tokens of other projects instead: compatible_bins.hpp.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "pianola/quantizers/bit_allocation.hpp"
#include "pianola/quantizers/fit_range.hpp"
#include "pianola/quantizers/quantizer.hpp"
#include "pianola/quantizers/registry.hpp"
#include "pianola/quantizers/uniform_axis.hpp"
#include "pianola/quantizers/uniform_kernels.hpp"

namespace pianola {

struct UniformBinsConfig {
  int bins = 256;                          ///< tokens a dimension, 2 … 65,536
  std::string representatives = "centre";  ///< centre, ends or mean
  RangeOptions range = {};
  bool atoms = false;  ///< tokens of their own for bounds on which actions saturate
  BitOptions bits = {};

  template <class V>
  void visit(V&& v) {
    v("bins", bins, "tokens a dimension, 2 … 65536");
    v("representatives", representatives,
      "centre of a bin, ends (first and last on the range's ends) or mean of the data");
    range.visit(v);
    v("atoms", atoms, "tokens of their own for bounds that hold more of the data than a bin does");
    bits.visit(v);
  }
};

/// What a fit finds besides the range.
struct UniformFit {
  std::vector<std::uint32_t> bins = {};      ///< [action_dim], 1 … 65,536; empty: as the options say
  std::vector<BoundAtoms> atoms = {};        ///< [action_dim]; empty: none
  std::vector<double> representatives = {};  ///< [action_dim × most bins] for `mean`, each in its own cell; else empty
};

class UniformBins final : public Quantizer {
 public:
  /// @throws UsageError for options out of range, DataError for data that do not fit (see fit_range).
  static std::unique_ptr<UniformBins> fit(const UniformBinsConfig& config, const FitContext& context);

  /// range: [action_dim], low ≤ high, bounds within ±kLargestRangeBound. @throws UsageError for what breaks this or
  /// what is said at UniformFit.
  UniformBins(UniformBinsConfig config, std::size_t chunk, ActionRange range, UniformFit found = UniformFit());

  [[nodiscard]] const QuantizerInfo& info() const override { return info_; }
  void encode(std::span<const float> chunks, const CodecContext&, TokenBatch) const override;
  /// Substitutes: a token beyond the vocabulary decodes as the last one, a missing one as the middle one.
  void decode(const TokenBatch&, const CodecContext&, std::span<float> chunks,
              std::span<DecodeStatus> status) const noexcept override;
  /// Cost: a few ns a value, no allocation.
  void quantize(std::span<const double> actions, const CodecContext&, std::span<double> out) const override;
  [[nodiscard]] std::span<const float> levels(std::size_t position) const override;
  /// Empty along a constant dimension and one with atoms, which have no density.
  [[nodiscard]] std::vector<double> cell_widths(std::size_t position) const override;
  void saturated(std::span<const double> actions, std::span<bool> flags) const override;
  [[nodiscard]] nlohmann::ordered_json save() const override;

  [[nodiscard]] const ActionRange& range() const { return range_; }
  /// [action_dim]
  [[nodiscard]] std::span<const UniformAxis> axes() const { return axes_; }
  /// For batch kernels in u8, u16 and u32 (uniform_kernels.hpp).
  [[nodiscard]] const UniformGrid& grid() const { return *grid_; }

 private:
  void check(std::size_t chunk) const;
  void make_axes();
  [[nodiscard]] std::vector<double> data_means(const ActionSource& source) const;
  void place_representatives(std::vector<double> given);
  void make_grid();
  [[nodiscard]] bool is_projection() const;
  void describe(std::size_t chunk);
  [[nodiscard]] std::span<const double> representatives(std::size_t d) const {
    return std::span(representatives_).subspan(d * stride_, axes_[d].bins);
  }

  UniformBinsConfig config_;
  UniformAxis::Kind kind_;
  ActionRange range_;
  UniformFit found_;                         // its representatives are in representatives_
  std::size_t stride_ = 0;                   // most bins that a dimension was given
  std::vector<UniformAxis> axes_;            // [action_dim]
  std::vector<double> representatives_;      // [action_dim × stride]
  std::unique_ptr<const UniformGrid> grid_;  // the same cells and representatives in float32
  QuantizerInfo info_;
};

}  // namespace pianola
