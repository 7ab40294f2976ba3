// Decoding where every token stands for one coordinate of the chunk by itself, a level: what uniform bins, bins between
// any edges and fsq on actions share.
#pragma once

#include <span>

#include "pianola/quantizers/quantizer.hpp"
#include "pianola/quantizers/uniform_kernels.hpp"

namespace pianola {

/// Position p has the levels of coordinate p mod grid.dim(). A token beyond the position's vocabulary decodes as the
/// last level, a missing one as the middle one. info: max_tokens coordinates, vocabularies ≤ grid.bins(); chunks: [n ×
/// max_tokens]; status: [n] or empty. Cost: one pass, no allocation.
void decode_levels(const UniformGrid& grid, const QuantizerInfo& info, const TokenBatch& batch, std::span<float> chunks,
                   std::span<DecodeStatus> status) noexcept;

}  // namespace pianola
