// A quantizer that is off by half a bin: what it says of another action, half a bin away, while it states the same
// error.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "pianola/quantizers/quantizer.hpp"
#include "pianola/quantizers/registry.hpp"
#include "pianola/theory/experiment.hpp"

namespace pianola::test {

class ShiftedQuantizer final : public Quantizer {
 public:
  ShiftedQuantizer(std::unique_ptr<Quantizer> inner, double shift) : inner_(std::move(inner)), shift_(shift) {}
  [[nodiscard]] const QuantizerInfo& info() const override { return inner_->info(); }
  void encode(std::span<const float> chunks, const CodecContext& context, TokenBatch batch) const override {
    std::vector<float> moved(chunks.begin(), chunks.end());
    for (float& u : moved) u += static_cast<float>(shift_);
    inner_->encode(moved, context, batch);
  }
  void decode(const TokenBatch& batch, const CodecContext& context, std::span<float> chunks,
              std::span<DecodeStatus> status) const noexcept override {
    inner_->decode(batch, context, chunks, status);
  }
  void quantize(std::span<const double> actions, const CodecContext& context, std::span<double> out) const override {
    std::vector<double> moved(actions.begin(), actions.end());
    for (double& u : moved) u += shift_;
    inner_->quantize(moved, context, out);
  }
  void saturated(std::span<const double> actions, std::span<bool> flags) const override {
    inner_->saturated(actions, flags);
  }
  [[nodiscard]] std::span<const float> levels(std::size_t position) const override { return inner_->levels(position); }
  [[nodiscard]] nlohmann::ordered_json save() const override { return inner_->save(); }

 private:
  std::unique_ptr<Quantizer> inner_;
  double shift_;
};

/// The registry's quantizers, but every one of `scheme` off by half its first bin.
inline QuantizerMaker shifted(const std::string& scheme) {
  return [scheme](const std::string& spec, const FitContext& context) -> std::unique_ptr<Quantizer> {
    auto quantizer = make_quantizer(spec, context);
    if (!spec.starts_with(scheme)) return quantizer;
    const double half = quantizer->cell_widths(0).empty() ? 0.0 : 0.5 * quantizer->cell_widths(0).front();
    return std::make_unique<ShiftedQuantizer>(std::move(quantizer), half);
  };
}

}  // namespace pianola::test
