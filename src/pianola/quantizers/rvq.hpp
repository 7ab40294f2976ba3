// Residual vector quantization of chunks: one token a layer, each layer's code added to those before it.
//
//   z = encoder(chunk),  tokens by residual_codebooks.hpp,  q(chunk) = decoder(Σ_l c_{l,t_l})
//
//   encoder=identity   the flattened chunk itself, in action units: errors weigh as ε does
//   encoder=pca        its `latent` leading principal components (16 by default, or as many as the chunk has values)
//   encoder=mlp        learned together with the codebooks, as VQ-BeT does: L1 error plus 5 times the commitment
//
// Codebooks (residual_fit.hpp): Lloyd's algorithm for each layer on the residuals of the one before it, or moving
// averages over batches (fit=ema; the mlp's only way). They are fitted to every window of `chunk` steps, thinned evenly
// to 524,288 windows or 2²⁵ values. VQ-BeT: layers=2,codes=16,encoder=mlp,latent=512 over standardised actions.
// Differs: EMA starts at k-means++ seeds and dead codes are replaced (VQ-BeT does neither).
//
// ε_sup: encoder=identity: over actions within the least and largest ones of the data, per dimension
// (residual_radius.hpp); actions outside that box are saturated(), though nothing is clipped: codes are all that
// decodes. In many dimensions the bound is a coarse one: a box is mostly corners. pca, mlp: ∞; what an encoder leaves
// of a chunk unlike the data has no bound that a fit could vouch for, and nothing counts as saturated.
//
// No projection in general, no binning: a chunk's token depends on all of its coordinates (theory.md §4,
// Proposition 5 iii). Dead codes of the fit are reported by dead_codes() and saved. Source: Lee et al., "Behavior
// generation with latent actions" (VQ-BeT), ICML 2024, §4.1.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pianola/data/action_space.hpp"
#include "pianola/quantizers/chunk_code.hpp"
#include "pianola/quantizers/encoder_fit.hpp"
#include "pianola/quantizers/fit_findings.hpp"
#include "pianola/quantizers/quantizer.hpp"
#include "pianola/quantizers/registry.hpp"
#include "pianola/quantizers/residual_codebooks.hpp"

namespace pianola {

struct RvqConfig {
  int layers = 2;            ///< tokens a chunk, 1 … 64
  int codes = 16;            ///< of each layer, 2 … 65,536
  std::string fit = "auto";  ///< lloyd, ema; auto: ema for mlp, else lloyd
  int iterations = 50;       ///< lloyd, a layer at most
  int restarts = 10;         ///< lloyd, a layer, 1 … 1000
  double decay = 0.8, epsilon = 1e-5;
  EncoderOptions encoder = {};

  template <class V>
  void visit(V&& v) {
    v("layers", layers, "codebooks, and tokens a chunk");
    v("codes", codes, "of each layer");
    v("fit", fit, "lloyd, ema (moving averages over batches) or auto (ema for mlp, else lloyd)");
    v("iterations", iterations, "lloyd: of each layer, at most");
    v("restarts", restarts, "lloyd: starts of each layer; the best one wins");
    v("decay", decay, "ema: share that each batch leaves of the past");
    v("epsilon", epsilon, "ema: smoothing of code counts");
    encoder.visit(v);
  }
};

class Rvq final : public Quantizer, public FitFindings, public ChunkCoded {
 public:
  /// @throws UsageError for options out of range, without data, or for mlp without a trainer; DataError for data with
  /// fewer distinct chunks than codes, or as sample_chunks.
  static std::unique_ptr<Rvq> fit(const RvqConfig& config, const FitContext& context);

  /// codes: [layers × codes × latent]; dead: [layers]; box: of the actions of the fit, for encoder=identity (none: no
  /// ε_sup). @throws UsageError for what does not fit the config.
  Rvq(RvqConfig config, ChunkEncoder encoder, std::vector<float> codes, std::vector<std::uint32_t> dead,
      ActionRange box = {});

  [[nodiscard]] const QuantizerInfo& info() const override { return info_; }
  void encode(std::span<const float> chunks, const CodecContext&, TokenBatch) const override;
  /// Substitutes: a token beyond the vocabulary is the last one; missing layers add nothing (a coarser chunk); without
  /// any token, the mean of the first layer's codes. Cost with an encoder: allocates a block.
  void decode(const TokenBatch&, const CodecContext&, std::span<float> chunks,
              std::span<DecodeStatus> status) const noexcept override;
  /// None with an encoder.
  [[nodiscard]] std::optional<ChunkCode> chunk_code() const override;
  /// identity: outside the box; others: none.
  void saturated(std::span<const double> actions, std::span<bool> flags) const override;
  [[nodiscard]] nlohmann::ordered_json save() const override;

  [[nodiscard]] const ResidualCodebooks& codebooks() const { return codebooks_; }
  [[nodiscard]] const ChunkEncoder& encoder() const { return encoder_; }
  /// Of each layer: codes that no chunk of the fit's sample has, [layers].
  [[nodiscard]] const std::vector<std::uint32_t>& dead_codes() const { return dead_; }
  [[nodiscard]] std::vector<std::uint32_t> dead_codes_per_layer() const override { return dead_; }

 private:
  RvqConfig config_;
  ChunkEncoder encoder_;
  ResidualCodebooks codebooks_;
  std::vector<std::uint32_t> dead_;
  ActionRange box_;
  QuantizerInfo info_;
};

}  // namespace pianola
