// Dither: stochastic rounding between the two neighbouring levels, each action dimension by itself. Ours.
//
//   levels ℓ_k = low + k·Δ, k = 0 … K − 1, Δ = (high − low)/(K − 1): both ends of the range are levels
//   t = (clamp(u) − low)/Δ;  token = ⌊t + U⌋, U uniform on (0, 1): ⌈t⌉ with the probability t − ⌊t⌋, else ⌊t⌋
//
// plain (subtractive=false): the token stands for its level.
//   E[q(u)] = u for u in [low, high]; Var q(u) = f(1 − f)·Δ², f = t − ⌊t⌋; |q(u) − u| < Δ       ε_sup = √(Σ_d Δ_d²)
//   TV(law of q(u), law of q(u')) ≤ 1 − Π_d (1 − |u_d − u'_d|/Δ_d)₊ ≤ Σ_d |u_d − u'_d|/Δ_d, with equality in one
//   dimension where u and u' share a cell. So q#π of a *deterministic* expert that is L_d-Lipschitz in dimension d is
//   TVC (docs/theory.md §4) with κ(r) = min(1, r·Σ_d L_d/Δ_d): what plain binning never is.
//
// subtractive=true: encoder and decoder draw the same U from CodecContext, and the decoder takes it off again:
//   q(u) = ℓ_token + (½ − U)·Δ;  q(u) − u is uniform on ±Δ/2 whatever u is (Schuchman 1964): no bias, the variance is
//   Δ²/12, ε_sup = ½·√(Σ_d Δ_d²). q(u) may lie up to Δ/2 outside the range, and a saturated action, which plain dither
//   plays exactly, has this noise too: do not take it where actions saturate. The tokens are the same, and so is their
//   law; but that law says nothing about *which* token goes with U, so a policy that does not see U must not be decoded
//   with it: deploy a learned policy plain, this one for the quantized expert or where both ends of a channel know U.
//
// Noise: quantizers/dither_noise, from the context's key, ids and steps. A null key means U = ½: the nearest level (the
// upper one in the middle), that is uniform:representatives=ends, in both modes. Learned tokens are decoded by sample
// or, for plain dither, by mean: the mean of the exact law is u itself. targets() is that exact law, without noise.
//
// Outside the range a value is clipped first, and saturated() counts it: the mean is then the clipped value. Constant
// dimensions have one token (see uniform_bins.hpp) and draw no noise that would be seen.
// Against rounding to the nearest level this costs noise: the mean squared error is Δ²/6 on average over a cell, twice
// that of subtractive dither or of rounding, and the error is up to Δ instead of Δ/2. docs/theory.md §13 says where it
// pays and where it loses.
// Source: L. Schuchman, "Dither signals and their effect on quantization noise", 1964; R. M. Gray, T. G. Stockham,
// "Dithered quantizers", 1993. Differs: levels include both ends, so no dithered value is clipped inside the range.
#pragma once

#include <memory>
#include <vector>

#include "pianola/quantizers/fit_range.hpp"
#include "pianola/quantizers/quantizer.hpp"
#include "pianola/quantizers/registry.hpp"
#include "pianola/quantizers/token_order.hpp"
#include "pianola/quantizers/uniform_bins.hpp"

namespace pianola {

struct DitherConfig {
  int bins = 256;            ///< levels a dimension, 2 … 65,536
  bool subtractive = false;  ///< the decoder draws the encoder's noise and subtracts it
  RangeOptions range = {};

  template <class V>
  void visit(V&& v) {
    v("bins", bins, "levels a dimension, both ends of the range among them, 2 … 65536");
    v("subtractive", subtractive, "the decoder draws the encoder's noise and subtracts it");
    range.visit(v);
  }
};

class Dither final : public Quantizer, public TokenOrder {
 public:
  /// @throws UsageError for options out of range, DataError for data that do not fit (see fit_range).
  static std::unique_ptr<Dither> fit(const DitherConfig& config, const FitContext& context);

  /// range: [action_dim], low ≤ high, bounds within ±kLargestRangeBound. @throws UsageError for what breaks this.
  Dither(DitherConfig config, std::size_t chunk, const ActionRange& range);

  [[nodiscard]] const QuantizerInfo& info() const override { return info_; }
  /// @throws UsageError if there is a key, but not an id and a step for each chunk.
  /// Cost: half a Philox block a value; no allocation.
  void encode(std::span<const float> chunks, const CodecContext&, TokenBatch) const override;
  /// Substitutes: a token beyond the vocabulary decodes as the last one, a missing one as the middle one. Subtractive:
  /// a context without a key, or without an id and a step for each chunk, has no noise to take off.
  void decode(const TokenBatch&, const CodecContext&, std::span<float> chunks,
              std::span<DecodeStatus> status) const noexcept override;
  /// In double. @throws UsageError as encode. Cost: as encode.
  void quantize(std::span<const double> actions, const CodecContext&, std::span<double> out) const override;
  /// The exact law of the token: 1 − f at ⌊t⌋, f at the next.
  void targets(std::span<const float> chunk, std::size_t position, std::span<float> p) const override;
  /// Empty if subtractive: what a token stands for depends on the noise.
  [[nodiscard]] std::span<const float> levels(std::size_t position) const override;
  [[nodiscard]] std::vector<TokenRun> token_runs() const override {
    return {{info_.max_tokens, info_.action_dim, true}};
  }
  void saturated(std::span<const double> actions, std::span<bool> flags) const override;
  [[nodiscard]] nlohmann::ordered_json save() const override;

  /// Δ of each dimension, 0 where it is constant.
  [[nodiscard]] std::span<const double> spacings() const { return spacings_; }

 private:
  /// Of each dimension, and again from the first on, so that any run of values finds its own in a row:
  /// t = clamp((u − low)·scale, 0, last); constant: scale 0.
  struct Axes {
    std::vector<double> low, scale, last, spacing;
    std::vector<std::uint32_t> first;  // of the dimension's levels
  };
  struct Run {
    std::size_t value, d, size;  // first value, its dimension, how many
    const double* noise;
  };
  [[nodiscard]] std::size_t dim() const { return spacings_.size(); }
  void make_axes(const ActionRange& range);
  void read_levels();
  void describe(std::size_t chunk);
  [[nodiscard]] bool has_noise(const CodecContext& context, std::size_t n) const noexcept;
  void require_noise(const CodecContext& context, std::size_t n) const;
  template <class Visit>
  void with_noise(const CodecContext& context, std::size_t chunks, const Visit& visit) const noexcept;
  template <class Value>
  void round(std::span<const Value> values, const Run& run, std::uint32_t* tokens) const noexcept;

  DitherConfig config_;
  UniformBins ends_;  // the levels, as `uniform:representatives=ends` has them
  Axes axes_;
  std::vector<double> spacings_, levels_;  // [action_dim], [action_dim × bins]
  QuantizerInfo info_;
};

}  // namespace pianola
