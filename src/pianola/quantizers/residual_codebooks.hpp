// Residual codebooks: a vector is a sum of codes, one of each layer, found greedily.
//
//   r_0 = z,  t_l = argmin_k ‖r_l − c_{l,k}‖²  (the lowest k of equals),  r_{l+1} = r_l − c_{l,t_l},  ẑ = Σ_l c_{l,t_l}
//
// Residuals and sums are float32, the nearest code is exact (nearest_code.hpp): the same tokens on every processor.
// Each layer refines what those before it left; the first l tokens alone decode to a coarser ẑ. Greedy search is not
// the best sum, and ẑ need not encode to its own tokens: no projection in general.
// Source: Juang, Gray, "Multiple stage vector quantization for speech coding", ICASSP 1982; Zeghidour et al.,
// "SoundStream", 2021, Algorithm 1; used for actions by VQ-BeT (Lee et al., ICML 2024).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "pianola/quantizers/nearest_code.hpp"
#include "pianola/quantizers/quantizer.hpp"

namespace pianola {

class ResidualCodebooks {
 public:
  static constexpr std::size_t kMostValues = std::size_t{1} << 26;
  static constexpr std::size_t kMostLayers = 64, kMostCodes = 65536;

  /// codes: [layers × count × dim], finite; layers ≤ kMostLayers, count ≤ kMostCodes, all of them ≤ kMostValues.
  ResidualCodebooks(std::size_t layers, std::size_t count, std::size_t dim, std::vector<float> codes);

  [[nodiscard]] std::size_t layers() const { return books_.size(); }
  [[nodiscard]] std::size_t count() const { return books_.front().size(); }
  [[nodiscard]] std::size_t dim() const { return books_.front().width(); }
  [[nodiscard]] std::span<const float> code(std::size_t layer, std::size_t k) const { return books_[layer].code(k); }
  /// All of them, [layers × count × dim].
  [[nodiscard]] std::vector<float> codes() const;

  /// rows: [n × dim]; tokens: [n × layers]. A row that is not finite has some tokens. Cost: layers·count·dim
  /// multiply-adds a row; wide rows: allocates a block of residuals.
  void encode(std::span<const float> rows, std::span<Token> tokens) const;
  /// The slow, obvious reference: the same tokens.
  void encode_reference(std::span<const float> rows, std::span<Token> tokens) const;

  /// Sums of the codes of the first lengths[i] layers, in their order; rows: [n × dim], tokens: [n × layers]. A token ≥
  /// count is the last one, a length beyond layers is layers. Without any token: the mean of the first layer's codes.
  /// Cost: one pass over the rows; no allocation.
  void decode(std::span<const Token> tokens, std::span<const std::uint32_t> lengths,
              std::span<float> rows) const noexcept;

 private:
  /// One or two layers whose scores are one product: packed for dense().
  struct Stage {
    std::size_t layer = 0, layers = 1;
    std::vector<float> packed;
    std::vector<double> largest;  // ‖c‖ of each layer's longest code; ∞ if scores could overflow
    std::vector<float> products;  // two layers: c_{1,j}·c_{2,k}, [padded count × padded count]
  };
  struct Scratch;
  [[nodiscard]] Stage make_stage(std::size_t layer, std::size_t layers) const;
  void encode_wide(std::span<const float> rows, Token* tokens, Scratch& scratch) const;
  void search(const Stage& stage, std::span<const float> rows, Scratch& scratch) const;
  void decide(const Stage& stage, std::size_t which, std::span<const float> rows, std::size_t i,
              Scratch& scratch) const;
  void subtract(std::size_t layer, std::span<const float> rows, std::span<const Token> nearest, Scratch& scratch) const;
  void decode_one(std::span<const Token> tokens, std::span<float> row) const noexcept;

  std::vector<Codebook> books_;  // [layers]
  std::vector<float> fallback_;  // [dim]
  std::size_t stride_ = 0;       // of a padded code
  std::vector<float> padded_;    // [layers × count × stride]
  std::size_t padded_count_ = 0;
  std::vector<Stage> stages_;  // empty for narrow rows
};

}  // namespace pianola
