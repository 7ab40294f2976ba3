// Soft targets: a head of levels is trained by log-loss on a *distribution* around the action, and its mean is played.
// Each action dimension by itself; ℓ_k are the levels, Δ their spacing, u is clipped to the range first:
//
//   smoothing=twohot    levels on the range's ends, Δ = (high − low)/(K − 1); p is 1 − f and f on the two neighbours,
//                       f = (u − ℓ)/Δ: the mean is u exactly (it is the law of `dither`)
//   smoothing=gaussian  HL-Gauss: levels in the middles of K cells of width Δ = (high − low)/K; p_k is the mass of
//                       N(u, (σΔ)²), truncated to the range, in cell k. Mean: u to 10⁻⁵·Δ for σ ≥ 0.75 in the inside,
//                       drawn inwards within 2σΔ of the ends, by up to about 0.8·σΔ at the end itself
//   smoothing=spatial   levels as of twohot; p_k ∝ exp(−(u − ℓ_k)²/(2σ²Δ²)): smoothing by distance to the code. With
//                       `codebook=` over the joint codes of another scheme: quantizers/smoothed_codebook
//
// Why: a sampled or most likely token can be no better than Δ; the mean of the head is not bound to the levels, and
// log-loss keeps its calibration. What deterministic token laws lack, TVC (docs/theory.md §4), these targets have:
// for twohot and a deterministic L-Lipschitz expert TV ≤ L·r/Δ, as for dither (§13).
//
// encode() is the nearest level and decode() that level: `uniform` with representatives `ends` or, for gaussian,
// `centre`; ε_sup, cells, constant dimensions and saturation are its. Deploy with decode=mean; decode=sample and
// decode=argmax work too and have the levels' error.
// Source: two-hot: M. G. Bellemare et al., ICML 2017, §4 (the projection); HL-Gauss: E. Imani, M. White, "Improving
// regression performance with distributional losses", ICML 2018; J. Farebrother et al., "Stop regressing", 2024
// (σ = 0.75 cells); spatial: Z. Zhang et al., "TrajTok", arXiv:2506.21618 (label smoothing aware of the distances
// between codes). Differs: spatial weighs by a Gaussian of the distance from the action itself, not from its code.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "pianola/quantizers/fit_range.hpp"
#include "pianola/quantizers/quantizer.hpp"
#include "pianola/quantizers/registry.hpp"
#include "pianola/quantizers/uniform_bins.hpp"

namespace pianola {

struct TwoHotConfig {
  int bins = 256;                    ///< levels a dimension, 2 … 65,536
  std::string smoothing = "twohot";  ///< twohot, gaussian or spatial
  double sigma = 0.75;               ///< of gaussian and spatial, in spacings of the levels
  std::string codebook = "";         ///< spec of the joint codes that spatial smooths over; "": levels
  RangeOptions range = {};

  template <class V>
  void visit(V&& v) {
    v("bins", bins, "levels a dimension, 2 … 65536");
    v("smoothing", smoothing, "twohot (the two neighbours), gaussian (HL-Gauss) or spatial (by distance to the code)");
    v("sigma", sigma, "width of gaussian and spatial targets, in spacings of the levels");
    v("codebook", codebook, "spatial: smooth over the joint codes of this quantizer, such as 'kmeans:k=64'");
    range.visit(v);
  }
};

class TwoHot final : public Quantizer {
 public:
  enum class Smoothing { twohot, gaussian, spatial };

  /// @throws UsageError for options out of range or a codebook (which is not of this class), DataError as fit_range.
  static std::unique_ptr<TwoHot> fit(const TwoHotConfig& config, const FitContext& context);

  /// range: [action_dim], as UniformBins. @throws UsageError for what breaks this.
  TwoHot(TwoHotConfig config, std::size_t chunk, const ActionRange& range);

  [[nodiscard]] const QuantizerInfo& info() const override { return info_; }
  void encode(std::span<const float> chunks, const CodecContext&, TokenBatch) const override;
  /// Substitutes as UniformBins::decode.
  void decode(const TokenBatch&, const CodecContext&, std::span<float> chunks,
              std::span<DecodeStatus> status) const noexcept override;
  void quantize(std::span<const double> actions, const CodecContext&, std::span<double> out) const override;
  /// Cost: about 20·σ exponentials or error functions; no allocation.
  void targets(std::span<const float> chunk, std::size_t position, std::span<float> p) const override;
  [[nodiscard]] std::span<const float> levels(std::size_t position) const override { return cells_.levels(position); }
  [[nodiscard]] std::vector<double> cell_widths(std::size_t position) const override;
  void saturated(std::span<const double> actions, std::span<bool> flags) const override;
  [[nodiscard]] nlohmann::ordered_json save() const override;

 private:
  TwoHotConfig config_;
  Smoothing smoothing_;
  UniformBins cells_;  // the levels
  QuantizerInfo info_;
};

/// Checks `sigma` and `smoothing`. who: the scheme, for errors. @throws UsageError.
TwoHot::Smoothing checked_smoothing(const TwoHotConfig& config, std::string_view who);

}  // namespace pianola
