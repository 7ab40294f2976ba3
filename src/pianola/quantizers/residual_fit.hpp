// Fitting residual codebooks, layer by layer, each to the residuals that those before it leave.
//
//   lloyd   k-means++ seeds, then Lloyd's iterations (lloyd.hpp) on the residuals of the layers before; the best of
//           `restarts` starts, the first of equals; of more than 65,536 rows or 2²² values an even choice decides
//           which (64 rows a code at least), and all rows go on from there; where it has fewer distinct rows than
//           codes, all rows decide
//   ema     from k-means++ seeds, `steps` batches of moving averages (moving_codebooks.hpp), all layers at once
//
// A first layer needs as many distinct rows as codes. A later layer may find fewer distinct residuals: its spare codes
// are 0 and dead. A dead code is one that no row of the sample has in the end; their number is returned.
//
// Same sample and key, same bits, whatever the number of threads.
// Source: Lloyd, "Least squares quantization in PCM", 1982; Juang, Gray, 1982 (residual_codebooks.hpp).
#pragma once

#include <string>
#include <vector>

#include "pianola/base/random.hpp"
#include "pianola/quantizers/residual_codebooks.hpp"

namespace pianola {

struct ResidualFitPlan {
  enum class Method { lloyd, ema };
  Method method = Method::lloyd;
  std::size_t layers = 2, codes = 16, dim = 1;
  std::size_t iterations = 50;            ///< lloyd, a layer
  std::size_t restarts = 1;               ///< lloyd, a layer: the start with the smallest sum of squares wins
  std::size_t steps = 2000, batch = 256;  ///< ema
  double decay = 0.8, epsilon = 1e-5;     ///< ema
  NoiseKey key;
};

/// rows: [n × dim], finite, n ≥ 1. who: the scheme, for errors. Codes: [layers × codes × dim].
/// Cost: 2·n·codes·dim flops a layer and iteration; copies the rows.
/// @throws DataError if there are fewer distinct rows than codes; Interrupted.
std::vector<float> fit_residual_codebooks(const ResidualFitPlan& plan, std::span<const float> rows,
                                          const std::string& who);

/// @throws DataError if the rows [n × dim] have fewer than `codes` distinct ones.
void require_distinct_chunks(std::span<const float> rows, std::size_t dim, std::size_t codes, const std::string& who);

/// Codes of each layer that no row has, [layers].
std::vector<std::uint32_t> count_dead_codes(const ResidualCodebooks& codebooks, std::span<const float> rows);

}  // namespace pianola
