// Finite scalar quantization of chunks: every latent number to one of L levels by itself, no codebook to learn.
//
//   encoder=identity   each action coordinate, its range mapped to [−1, 1], is a latent; what lies outside is
//                      clipped, and saturated() counts it. `levels` is one number, or one for each action dimension,
//                      or one for each value of the chunk. No tanh: the latent is bounded already. openpi's levels
//                      are then those of uniform:representatives=ends, the canonical ones lie 0.1 % nearer to the
//                      middle
//   encoder=pca        leading principal components, each mapped from its range in the data (its quantiles with
//                      `quantile`) to [−1, 1]; saturated() marks all values of a chunk that has a clipped component,
//                      where it is asked about whole chunks
//   encoder=mlp        learned: tanh bounds the latents, rounding passes the gradient (fsq_code.hpp, autoencoder.hpp)
//
// With pca and mlp `levels` repeats over the latent numbers, whose count is a multiple of it (once by default).
//
// Tokens: one a latent number, its digit; with packed=true one for each group of digits in mixed radix, the first digit
// least significant, as openpi and the canonical code pack: a group is one repetition of `levels` (pca, mlp; all
// latent numbers if `levels` is one number), or one step's dimensions (identity; the chunk if `levels` names each
// value).
//
// identity: ε_sup = √(Σ_d e_d²), e_d half a spacing or the distance of the range's end to the last level, whichever is
// larger: exact up to rounding. Others: ∞. identity is a projection where float32 resolves its cells; the others are
// none. A latent whose range float32 cannot tell from a point has one level in its middle.
//
// A value half-way between two levels has the upper one's digit with identity (as uniform bins), half to even else.
// Source: fsq_code.hpp.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "pianola/quantizers/encoder_fit.hpp"
#include "pianola/quantizers/fit_range.hpp"
#include "pianola/quantizers/fsq_code.hpp"
#include "pianola/quantizers/fsq_grid.hpp"
#include "pianola/quantizers/fsq_options.hpp"
#include "pianola/quantizers/quantizer.hpp"
#include "pianola/quantizers/registry.hpp"
#include "pianola/quantizers/token_order.hpp"

namespace pianola {

class Fsq final : public Quantizer, public TokenOrder {
 public:
  static constexpr std::size_t kMostPacked = std::size_t{1} << 24;  ///< vocabulary of a packed token

  /// @throws UsageError for options out of range or that contradict each other, for pca and mlp without data, for mlp
  /// without a trainer; DataError as fit_range and sample_chunks.
  static std::unique_ptr<Fsq> fit(const FsqConfig& config, const FitContext& context);

  /// range: what a fit finds besides the encoder; identity: [action_dim], pca: [latent], mlp: empty.
  /// @throws UsageError for what does not fit the config.
  Fsq(FsqConfig config, ChunkEncoder encoder, LatentRange range);

  [[nodiscard]] const QuantizerInfo& info() const override { return info_; }
  void encode(std::span<const float> chunks, const CodecContext&, TokenBatch) const override;
  /// Substitutes: a digit beyond its levels is the last one, a packed token beyond its vocabulary the last one, a
  /// missing digit the middle one. Cost with an encoder: allocates a block.
  void decode(const TokenBatch&, const CodecContext&, std::span<float> chunks,
              std::span<DecodeStatus> status) const noexcept override;
  /// identity: in double, no allocation. Others: as Quantizer::quantize.
  void quantize(std::span<const double> actions, const CodecContext&, std::span<double> out) const override;
  /// identity with one token a digit; else empty.
  [[nodiscard]] std::span<const float> levels(std::size_t position) const override;
  [[nodiscard]] std::vector<double> cell_widths(std::size_t position) const override;
  /// identity: by steps, unless `levels` names each value of the chunk.
  [[nodiscard]] std::vector<TokenRun> token_runs() const override;
  void saturated(std::span<const double> actions, std::span<bool> flags) const override;
  [[nodiscard]] nlohmann::ordered_json save() const override;

  [[nodiscard]] const std::vector<FsqCode>& codes() const { return codes_; }  ///< [latent], 1 level where constant
  [[nodiscard]] const ChunkEncoder& encoder() const { return encoder_; }

 private:
  [[nodiscard]] bool identity() const { return encoder_.shape().kind == EncoderKind::identity; }
  void check_range() const;
  [[nodiscard]] std::uint32_t vocabulary_of(std::size_t p) const;
  void describe();
  void encode_digits(std::span<const float> chunks, std::span<std::uint32_t> digits) const;
  void encode_latents(std::span<const float> chunks, std::span<std::uint32_t> digits) const;
  void decode_digits(std::span<std::uint32_t> digits, std::span<float> chunks) const noexcept;
  bool unpack(std::span<const Token> tokens, std::uint32_t length, std::span<std::uint32_t> digits) const noexcept;
  [[nodiscard]] double latent_of(std::size_t j, std::uint32_t digit) const noexcept;
  [[nodiscard]] double normalised(std::size_t j, double z) const noexcept;

  FsqConfig config_;
  ChunkEncoder encoder_;
  LatentRange range_;
  std::vector<FsqCode> codes_;           // [latent]
  std::size_t group_ = 1;                // digits a token
  std::unique_ptr<const FsqGrid> grid_;  // identity
  QuantizerInfo info_;
};

}  // namespace pianola
