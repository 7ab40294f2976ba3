// The action error that one wrong token causes: what a learner's single slip costs under a scheme.
//
// In chunks drawn from the key, one token, drawn uniformly among those that have an alternative, is replaced by another
// one of its vocabulary, drawn uniformly. The error is the largest Euclidean distance, over the steps of the chunk,
// between what decodes then and what decoded before, in action units. Undecodable are those whose decoding had to be
// repaired; their substitutes count in the errors. What FAST repaired is told by kind.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "pianola/base/random.hpp"
#include "pianola/quantizers/chunk_walk.hpp"
#include "pianola/quantizers/quantizer.hpp"

namespace pianola {

class Fast;

/// Shares of the sequences in which FAST has to repair each kind (FastRepairs in fast.hpp); one may have several.
struct FastRepairShares {
  double missing_symbols = 0.0, surplus_symbols = 0.0, unknown_tokens = 0.0, broken_bytes = 0.0;
};

/// NaN where no token has an alternative (n = 0).
struct TokenError {
  double median = 0.0, p90 = 0.0;  ///< action units
  double undecodable_fraction = 0.0;
  std::size_t n = 0;                          ///< tokens replaced
  std::optional<FastRepairShares> fast = {};  ///< of `fast` without a representation of its actions
};

/// Visits the blocks of a ChunkWalk over all chunks. Memory: 32 bytes a sample.
class TokenErrors {
 public:
  /// Draws which of `chunks` ≥ 1 chunks are tried, from key.child("token_error"). quantizer: kept by reference.
  TokenErrors(const Quantizer& quantizer, const NoiseKey& key, std::size_t chunks, std::size_t samples);

  void visit(const ChunkBlock& block);
  [[nodiscard]] TokenError result() const;

 private:
  struct Pick {
    std::size_t chunk, sample;
  };
  /// A position of the sequence that has an alternative, or its length if none has.
  [[nodiscard]] std::size_t draw_position(std::size_t length, std::size_t sample) const;
  [[nodiscard]] Token draw_other(Token right, std::uint32_t vocabulary, std::size_t sample) const;
  void count_repairs(std::span<const Token> tokens);
  void replace_one(const ChunkBlock& block, std::size_t i, std::size_t sample);

  const Quantizer& quantizer_;
  const Fast* fast_;  // quantizer_ if it is one
  NoiseKey key_;
  std::vector<Pick> picks_;  // by chunk, then by sample
  std::size_t next_ = 0, seen_ = 0, undecodable_ = 0;
  FastRepairShares repaired_;  // counts
  std::vector<double> errors_;
};

}  // namespace pianola
