// Bins that give the tokens and numbers of other projects' tokenizers, bit for bit: uniform:mode=openvla and so on
// (compatible_modes.hpp has each one's arithmetic, source, and where it cannot be followed).
//
// Each original is a monotone function of one float32 number. Its tokens' first numbers are found by bisection over all
// of float32 when the quantizer is made; encode then looks actions up in that table, and never computes the original.
//
// Range: low=, high= or what the range options say; for openvla, torchrl_tail and openpi without them the 1 % and 99 %
// quantiles of the data. Dimensions that `mask` exempts have the range [−1, 1]. ε_sup holds inside the range; what lies
// outside is clipped, and saturated() counts it.
//
// Tokens: k from 0 upwards. `vocab=V` for openvla and torchrl_tail makes them ids of a language model, V − 1 − k, which
// is the original's V − digitize; other ids decode as the nearest action token, and the status says so. (TorchRL's
// window ids are vocab=bins.)
//
// None but octo and torchrl are projections: openvla's last two tokens decode alike, rt1's and openpi's levels lie on
// edges, where rounding decides. Dimensions whose quantiles agree although their data do not, are as spiky here as they
// are there: that is what the originals do. `quantile` and plain `uniform` do not.
#pragma once

#include <string>
#include <vector>

#include "pianola/quantizers/compatible_modes.hpp"
#include "pianola/quantizers/edge_bins.hpp"
#include "pianola/quantizers/fit_range.hpp"

namespace pianola {

struct CompatibleBinsConfig {
  int bins = 256;  ///< as the original counts them, 2 … 65,536
  std::string mode = "";
  int vocab = 0;                  ///< 0: tokens from 0 upwards; else V of ids V − 1 − k, at least bins
  std::vector<double> mask = {};  ///< [action_dim] of 0 and 1: which dimensions are normalised; empty: all
  RangeOptions range = {};

  template <class V>
  void visit(V&& v) {
    v("bins", bins, "tokens a dimension, 2 … 65536");
    v("mode", mode, "exactly as openvla, torchrl_tail, torchrl, rt1, octo or openpi");
    v("vocab", vocab, "of mode=openvla and torchrl_tail: tokens are ids vocab − 1 − k; 0: k");
    v("mask", mask, "of mode=openvla and torchrl_tail: 0 for dimensions that are not normalised; default 1");
    range.visit(v);
  }
};

class CompatibleBins final : public EdgeBins {
 public:
  /// @throws UsageError for options that do not fit the mode, DataError for data that do not fit (see fit_range).
  static std::unique_ptr<CompatibleBins> fit(const CompatibleBinsConfig& config, const FitContext& context);

  /// facts: [action_dim]. @throws UsageError for options out of range or facts that are none.
  CompatibleBins(const CompatibleBinsConfig& config, std::size_t chunk, std::vector<CompatibleAxis::Facts> facts);

  void encode(std::span<const float> chunks, const CodecContext&, TokenBatch) const override;
  /// Substitutes: as EdgeBins; an id that is no action token decodes as the nearest one.
  void decode(const TokenBatch&, const CodecContext&, std::span<float> chunks,
              std::span<DecodeStatus> status) const noexcept override;
  /// With `vocab`, only action tokens.
  void allowed(std::span<const Token> prefix, std::span<bool> mask) const noexcept override;
  [[nodiscard]] std::span<const float> levels(std::size_t position) const override;
  [[nodiscard]] std::vector<double> cell_widths(std::size_t position) const override;
  [[nodiscard]] nlohmann::ordered_json save() const override;

 private:
  [[nodiscard]] Token first_id() const { return vocab_ - bins_; }

  CompatibleBinsConfig config_;
  Token bins_, vocab_;  // vocab_ 0: tokens are no ids
  std::vector<CompatibleAxis::Facts> facts_;
  std::vector<float> id_levels_;  // [action_dim × vocab], of ids
};

/// Inverse of save, for the loader of `uniform`. @throws DataError, UsageError.
std::unique_ptr<Quantizer> load_compatible_bins(const nlohmann::ordered_json& saved);

}  // namespace pianola
