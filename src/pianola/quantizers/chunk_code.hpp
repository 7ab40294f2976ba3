// How a scheme whose tokens stand for several numbers of a chunk decodes, as tables: what the real-time runtime needs
// of it. An interface beside Quantizer, for such schemes and for wrappers of them.
//
//   x[h][d] = Σ_k matrix_d[h][k] · c[k][d],   k below `terms`                       (step_product.hpp)
//   fast:      c = q, the integers that the tokens' bytes spell (symbol_reader.hpp) plus min_token;
//              u[h][d] = offset_d + factor_d · (x / scale)
//   beast:     c[k][d] = offset_kd + token[k·D + d] · factor_kd;   u = x
//   joint:     no matrices; a token stands for `terms` steps at once, and u[p·terms + i][d] = codes[token[p]][i][d]
//   residual:  a token for each of `terms` layers: u[h][d] = Σ_l codes_l[token[l]][h][d], float32, in this order
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace pianola {

class Quantizer;

enum class ChunkCodeKind : std::uint32_t { fast = 0, beast = 1, joint = 2, residual = 3 };

struct ChunkCode {
  ChunkCodeKind kind = ChunkCodeKind::fast;
  std::size_t terms = 0;                 ///< joint: steps of a code, a divisor of the chunk; residual: layers
  std::vector<double> matrices;          ///< one or several, [chunk × terms] each, as step_product::multiply reads it
  std::vector<std::uint32_t> matrix_of;  ///< [action_dim]: which of them
  std::vector<double> offset, factor;    ///< fast: [action_dim]; beast: [terms × action_dim]
  /// joint: [vocabulary × terms × action_dim]; residual: [terms × vocabulary × chunk × action_dim].
  std::vector<float> codes;
  double scale = 1.0;  ///< fast alone, as all below
  std::int32_t min_token = 0;
  std::vector<std::uint32_t> token_begins;  ///< [tokens + 1], into the bytes
  std::vector<std::uint8_t> token_bytes;
};

class ChunkCoded {
 public:
  virtual ~ChunkCoded() = default;
  /// None of a wrapper whose scheme has none.
  [[nodiscard]] virtual std::optional<ChunkCode> chunk_code() const = 0;
};

/// None of a scheme that is not coded so.
std::optional<ChunkCode> chunk_code_of(const Quantizer& quantizer);

}  // namespace pianola
