// A toy scheme that uses every door of the interface: variable length, memory and noise.
#pragma once

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <span>

#include "pianola/quantizers/quantizer.hpp"

namespace pianola::testing {

/// One dimension, chunks of two. The token of a step is the whole number nearest to the difference from the last value
/// decoded (memory), + 8, dithered if there is a key; a second step equal to the first is left out.
class DifferenceCoder final : public Quantizer {
 public:
  DifferenceCoder() {
    info_.spec = "differences";
    info_.action_dim = 1;
    info_.chunk = 2;
    info_.max_tokens = 2;
    info_.fixed_length = false;
    info_.memory_size = 1;
    info_.vocabularies = {17, 17};
    info_.random = true;
  }
  [[nodiscard]] const QuantizerInfo& info() const override { return info_; }
  void encode(std::span<const float> chunks, const CodecContext& context, TokenBatch batch) const override {
    const std::size_t n = checked_chunks(info_, chunks, batch);
    for (std::size_t i = 0; i < n; ++i) {
      double last = context.memory.empty() ? 0.0 : context.memory[i];
      for (std::size_t p = 0; p < 2; ++p) {
        const double shift = context.key == nullptr
                                 ? 0.5
                                 : uniform(*context.key, context.ids[i], context.h[i], static_cast<std::uint32_t>(p));
        const double step = std::clamp(std::floor(chunks[2 * i + p] - last + shift), -8.0, 8.0);
        batch.tokens[2 * i + p] = static_cast<Token>(step + 8.0);
        last += step;
      }
      batch.lengths[i] = batch.tokens[2 * i + 1] == 8 ? 1 : 2;
      if (!context.memory.empty()) context.memory[i] = last;
    }
  }
  void decode(const TokenBatch& batch, const CodecContext& context, std::span<float> chunks,
              std::span<DecodeStatus> status) const noexcept override {
    for (std::size_t i = 0; i < batch.lengths.size(); ++i) {
      double last = context.memory.empty() ? 0.0 : context.memory[i];
      for (std::size_t p = 0; p < 2; ++p) {
        if (p < batch.lengths[i]) last += static_cast<double>(batch.tokens[2 * i + p]) - 8.0;
        chunks[2 * i + p] = static_cast<float>(last);
      }
      if (!context.memory.empty()) context.memory[i] = last;
      if (!status.empty()) status[i] = DecodeStatus::exact;
    }
  }
  [[nodiscard]] nlohmann::ordered_json save() const override {
    return {{"format_version", 1}, {"spec", "differences"}};
  }

 private:
  QuantizerInfo info_;
};

}  // namespace pianola::testing
