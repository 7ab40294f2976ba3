#include "pianola/control/no_quantizer.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace pianola {

NoQuantizer::NoQuantizer(std::size_t chunk, std::size_t action_dim) {
  info_.chunk = chunk;
  info_.action_dim = action_dim;
  info_.epsilon_sup = 0.0;
  info_.projection = true;
  info_.finite_codebook = false;
}

void NoQuantizer::encode(std::span<const float>, const CodecContext&, TokenBatch batch) const {
  std::ranges::fill(batch.lengths, 0U);
}

void NoQuantizer::decode(const TokenBatch&, const CodecContext&, std::span<float> chunks,
                         std::span<DecodeStatus> status) const noexcept {
  std::ranges::fill(chunks, 0.0F);
  std::ranges::fill(status, DecodeStatus::repaired);
}

void NoQuantizer::quantize(std::span<const double> actions, const CodecContext&, std::span<double> out) const {
  std::ranges::copy(actions, out.begin());
}

nlohmann::ordered_json NoQuantizer::save() const { return {{"format_version", 1}, {"spec", ""}}; }

}  // namespace pianola
