// Which tokens of a chunk speak one code, and which of them come one step after the other: an interface beside
// Quantizer, for schemes whose tokens are not scalar, and for wrappers of such schemes.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "pianola/quantizers/quantizer.hpp"

namespace pianola {

/// `positions` tokens, one after the other: those that stand a multiple of `period` apart speak the same code.
struct TokenRun {
  std::size_t positions = 0, period = 1;
  /// Tokens `period` apart are one step apart in time. Else all tell of the whole chunk, and the predecessor of a token
  /// stands at its own position in the chunk before.
  bool by_step = false;
};

class TokenOrder {
 public:
  virtual ~TokenOrder() = default;
  /// Σ positions = max_tokens.
  [[nodiscard]] virtual std::vector<TokenRun> token_runs() const = 0;
};

/// Of a scheme that says nothing: scalar tokens go by steps where all steps have the levels of the first; else every
/// position has a code of its own.
inline std::vector<TokenRun> token_runs_of(const Quantizer& quantizer) {
  if (const auto* const order = dynamic_cast<const TokenOrder*>(&quantizer)) return order->token_runs();
  const QuantizerInfo& info = quantizer.info();
  const std::size_t all = info.max_tokens, step = all / std::max<std::size_t>(info.chunk, 1);
  bool scalar = step > 0 && step * info.chunk == all;
  for (std::size_t p = 0; scalar && p < all; ++p) {
    const auto levels = quantizer.levels(p), first = quantizer.levels(p % step);
    scalar = !levels.empty() && std::equal(levels.begin(), levels.end(), first.begin(), first.end());
  }
  return {{all, scalar ? step : std::max<std::size_t>(all, 1), scalar}};
}

}  // namespace pianola
