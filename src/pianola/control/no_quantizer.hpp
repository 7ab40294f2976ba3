// Chunks that nobody quantizes, for players of chunks whose policy has a law over actions: the identity, no tokens.
#pragma once

#include "pianola/quantizers/quantizer.hpp"

namespace pianola {

class NoQuantizer final : public Quantizer {
 public:
  NoQuantizer(std::size_t chunk, std::size_t action_dim);
  /// The spec is "": there is none.
  [[nodiscard]] const QuantizerInfo& info() const override { return info_; }
  /// No tokens.
  void encode(std::span<const float> chunks, const CodecContext&, TokenBatch) const override;
  /// No tokens say nothing: zeros.
  void decode(const TokenBatch&, const CodecContext&, std::span<float> chunks,
              std::span<DecodeStatus> status) const noexcept override;
  void quantize(std::span<const double> actions, const CodecContext&, std::span<double> out) const override;
  [[nodiscard]] nlohmann::ordered_json save() const override;

 private:
  QuantizerInfo info_;
};

}  // namespace pianola
