// twohot:smoothing=spatial,codebook=SPEC: the tokens of another scheme with joint codes (k-means, k-disks), trained on
// targets that are smoothed by distance in action space instead of one-hot:
//
//   p_k ∝ exp(−‖u − c_k‖²/(2σ²s²)),  c_k the k-th code, s the median distance of a code to its nearest other one
//
// A code is a step's action or a whole chunk; distances are Euclidean in action units, also where the scheme itself
// weighs dimensions. Everything but targets() is the scheme's own. As σ → 0 targets become the nearest code's one-hot.
// Sources and what differs: quantizers/twohot.
//
// Mean decoding is for scalar tokens, which these are not: decode by sample or by the most likely token.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "pianola/quantizers/chunk_code.hpp"
#include "pianola/quantizers/fit_findings.hpp"
#include "pianola/quantizers/quantizer.hpp"
#include "pianola/quantizers/registry.hpp"
#include "pianola/quantizers/token_order.hpp"
#include "pianola/quantizers/twohot.hpp"

namespace pianola {

class SmoothedCodebook final : public Quantizer, public FitFindings, public TokenOrder, public ChunkCoded {
 public:
  static constexpr std::size_t kMaxCodes = 16384;  ///< all pairs of codes are compared once

  /// Fits `config.codebook` to the context. @throws UsageError if smoothing is not spatial, options are given that the
  /// codebook has itself, or the scheme has no joint codes; whatever fitting it throws.
  static std::unique_ptr<SmoothedCodebook> fit(const TwoHotConfig& config, const FitContext& context);
  /// @throws DataError for what save() cannot have written.
  static std::unique_ptr<SmoothedCodebook> load(const TwoHotConfig& config, const nlohmann::ordered_json& saved);

  /// @throws UsageError as fit.
  SmoothedCodebook(TwoHotConfig config, std::unique_ptr<const Quantizer> codebook);

  [[nodiscard]] const QuantizerInfo& info() const override { return info_; }
  void encode(std::span<const float> chunks, const CodecContext&, TokenBatch) const override;
  void decode(const TokenBatch&, const CodecContext&, std::span<float> chunks,
              std::span<DecodeStatus> status) const noexcept override;
  void quantize(std::span<const double> actions, const CodecContext&, std::span<double> out) const override;
  void allowed(std::span<const Token> prefix, std::span<bool> mask) const noexcept override;
  /// Cost: the distances to all codes; no allocation.
  void targets(std::span<const float> chunk, std::size_t position, std::span<float> p) const override;
  [[nodiscard]] std::vector<TokenRun> token_runs() const override { return token_runs_of(*codebook_); }
  [[nodiscard]] std::optional<ChunkCode> chunk_code() const override { return chunk_code_of(*codebook_); }
  [[nodiscard]] std::vector<std::uint32_t> dead_codes_per_layer() const override { return dead_codes_of(*codebook_); }
  [[nodiscard]] std::vector<double> offset_rms_per_dimension() const override { return offset_rms_of(*codebook_); }
  void saturated(std::span<const double> actions, std::span<bool> flags) const override;
  [[nodiscard]] nlohmann::ordered_json save() const override;

  /// σ·s, action units.
  [[nodiscard]] double width() const { return width_; }

 private:
  void read_codes();
  [[nodiscard]] double distance2(std::span<const float> u, std::size_t k) const;  // to code k
  [[nodiscard]] double median_spacing() const;

  TwoHotConfig config_;
  std::unique_ptr<const Quantizer> codebook_;
  std::vector<float> codes_;  // [vocabulary × values a token]
  std::size_t size_ = 0;      // values a token
  double width_ = 0.0;
  QuantizerInfo info_;
};

}  // namespace pianola
