// The greedy search of residual codebooks (residual_codebooks.hpp) for narrow rows: many rows at a time, a row a lane,
// all layers while the residuals are at hand.
//
// What bounds it: layers·count·D multiply-adds a row. With two layers of 16 codes of 7 numbers that is 224 a row of 28
// bytes, 14 clock ticks of a processor that does 16 of them a tick, where moving the row from the third-level cache
// costs about 5 (benchmarks/bench_rvq.cpp measures both).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "pianola/quantizers/codebook.hpp"

namespace pianola {

/// The widest rows that residual_search() takes.
inline constexpr std::size_t kMostResidualWidth = 32;

/// tokens: [n × layers], the nearest code of each layer by the definition of nearest_code.hpp, on the float32 residual
/// that the layers before it left; bit for bit that of encoding layer by layer. books: [layers], of the same size and
/// width ≤ kMostResidualWidth. rows: [n × width]. A row that is not finite has some tokens.
/// Cost: n·layers·size·width multiply-adds in float32. No allocation.
void residual_search(std::span<const Codebook> books, std::span<const float> rows,
                     std::span<std::uint32_t> tokens) noexcept;

}  // namespace pianola
