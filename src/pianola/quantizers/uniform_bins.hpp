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
// reach the bound; `ends` can.
//
// Constant dimensions: where float32 cannot tell `low` from `high` (or their difference is too small to divide by)
// there is one token, which stands for the middle of the two: no division by zero, no blown-up noise.
//
// Float and double: encode computes the cell in float32, quantize the same formula in double. They agree unless the
// action lies within float32 rounding of an edge between cells, where either neighbour is as near.
//
// A chunk of c steps is c·D tokens, step by step: position p is coordinate p of the flattened chunk.
// Source of the three choices: the field's own practice; see docs/theory.md §4 for what binning preserves.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "pianola/quantizers/fit_range.hpp"
#include "pianola/quantizers/quantizer.hpp"
#include "pianola/quantizers/registry.hpp"
#include "pianola/quantizers/uniform_kernels.hpp"

namespace pianola {

struct UniformBinsConfig {
  int bins = 256;                          ///< tokens a dimension, 2 … 65,536
  std::string representatives = "centre";  ///< centre, ends or mean
  RangeOptions range = {};

  template <class V>
  void visit(V&& v) {
    v("bins", bins, "tokens a dimension, 2 … 65536");
    v("representatives", representatives,
      "centre of a bin, ends (first and last on the range's ends) or mean of the data");
    range.visit(v);
  }
};

class UniformBins final : public Quantizer {
 public:
  enum class Representatives { centre, ends, mean };

  /// @throws UsageError for options out of range, DataError for data that do not fit (see fit_range).
  static std::unique_ptr<UniformBins> fit(const UniformBinsConfig& config, const FitContext& context);

  /// range: [action_dim], low ≤ high, bounds within ±kLargestRangeBound. representatives: [action_dim × bins] for
  /// `mean`, each in its own cell; else empty. @throws UsageError for what breaks this.
  UniformBins(UniformBinsConfig config, std::size_t chunk, ActionRange range, std::vector<double> representatives = {});

  [[nodiscard]] const QuantizerInfo& info() const override { return info_; }
  void encode(std::span<const float> chunks, const CodecContext&, TokenBatch) const override;
  /// Substitutes: a token beyond the vocabulary decodes as the last one, a missing one as the middle one.
  void decode(const TokenBatch&, const CodecContext&, std::span<float> chunks,
              std::span<DecodeStatus> status) const noexcept override;
  /// Cost: a few ns a value, no allocation.
  void quantize(std::span<const double> actions, const CodecContext&, std::span<double> out) const override;
  [[nodiscard]] std::span<const float> levels(std::size_t position) const override;
  /// Empty along a constant dimension, which has no density.
  [[nodiscard]] std::vector<double> cell_widths(std::size_t position) const override;
  void saturated(std::span<const double> actions, std::span<bool> flags) const override;
  [[nodiscard]] nlohmann::ordered_json save() const override;

  [[nodiscard]] const ActionRange& range() const { return range_; }
  /// For batch kernels in u8, u16 and u32 (uniform_kernels.hpp).
  [[nodiscard]] const UniformGrid& grid() const { return *grid_; }

 private:
  /// Cells of one dimension: token = clamp(⌊(u − origin)·scale⌋); scale 0: one cell.
  struct Axis {
    double low, high, origin, scale;
    [[nodiscard]] std::uint32_t token(double u, std::uint32_t last) const;
  };
  [[nodiscard]] std::uint32_t bins() const { return static_cast<std::uint32_t>(config_.bins); }
  [[nodiscard]] std::uint32_t vocabulary(std::size_t d) const { return axes_[d].scale == 0.0 ? 1 : bins(); }
  [[nodiscard]] Axis make_axis(double low, double high) const;
  [[nodiscard]] double even_representative(const Axis& axis, std::uint32_t k) const;
  [[nodiscard]] double largest_error(std::size_t d) const;
  [[nodiscard]] std::vector<double> data_means(const ActionSource& source) const;
  void place_representatives(std::vector<double> given);
  void make_grid();
  [[nodiscard]] bool is_projection() const;
  void describe(std::size_t chunk);
  [[nodiscard]] bool known(std::span<const Token> tokens) const noexcept;  // all in their vocabularies

  UniformBinsConfig config_;
  Representatives kind_;
  ActionRange range_;
  std::vector<Axis> axes_;                   // [action_dim]
  std::vector<double> representatives_;      // [action_dim × bins]
  std::unique_ptr<const UniformGrid> grid_;  // the same cells and representatives in float32
  QuantizerInfo info_;
};

}  // namespace pianola
