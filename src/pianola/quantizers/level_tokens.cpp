#include "pianola/quantizers/level_tokens.hpp"

#include <algorithm>
#include <cassert>

namespace pianola {
namespace {

bool known(const QuantizerInfo& info, std::span<const Token> tokens) noexcept {
  bool all = true;
  for (std::size_t p = 0; p < tokens.size(); ++p) all &= tokens[p] < info.vocabularies[p];
  return all;
}

float middle_level(const UniformGrid& grid, const QuantizerInfo& info, std::size_t p) noexcept {
  return grid.levels()[p % grid.dim() * grid.bins() + info.vocabularies[p] / 2];
}

}  // namespace

void decode_levels(const UniformGrid& grid, const QuantizerInfo& info, const TokenBatch& batch, std::span<float> chunks,
                   std::span<DecodeStatus> status) noexcept {
  const std::size_t n = batch.lengths.size(), width = info.max_tokens;
  assert(batch.tokens.size() == n * width && chunks.size() == n * width);
  assert(status.empty() || status.size() == n);
  const bool whole =
      std::all_of(batch.lengths.begin(), batch.lengths.end(), [&](std::uint32_t l) { return l == width; });
  if (whole) decode_uniform(grid, std::span<const Token>(batch.tokens), chunks);
  if (whole && status.empty()) return;
  for (std::size_t i = 0; i < n; ++i) {
    const std::size_t length = std::min<std::size_t>(batch.lengths[i], width);
    const std::span<const Token> tokens = batch.tokens.subspan(i * width, length);
    if (!whole) {
      decode_uniform(grid, tokens, chunks.subspan(i * width, length));
      for (std::size_t p = length; p < width; ++p) chunks[i * width + p] = middle_level(grid, info, p);
    }
    if (status.empty()) continue;
    const bool exact = batch.lengths[i] == width && known(info, tokens);
    status[i] = exact ? DecodeStatus::exact : DecodeStatus::repaired;
  }
}

}  // namespace pianola
