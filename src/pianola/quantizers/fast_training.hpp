// Learns a FAST tokenizer from data: windows of a chunk's length, their rounded coefficients, byte-pair merges.
#pragma once

#include <cstddef>
#include <string_view>

#include "pianola/data/dataset.hpp"
#include "pianola/quantizers/fast_transform.hpp"
#include "pianola/quantizers/tokenizer_json.hpp"

namespace pianola {

struct FastTraining {
  std::size_t vocabulary = 1024;
  std::size_t windows = 50000;  ///< at most
  double scale = 10.0;
};

/// A window begins at every step of a trajectory that leaves it whole; where there are more than `windows`, every
/// second one in the order of the data, or third, …. min_token and the alphabet span the coefficients of these windows,
/// which must be fewer than `vocabulary` + 2 (as the original asserts).
/// transform: for this scale. who: the scheme, for errors. Two passes. Memory: 4 bytes a value of the windows, at most
/// 2²⁷ values (fewer windows are taken then), and about 12 bytes a byte of different words. Same result for any number
/// of threads. @throws DataError if no trajectory is as long as a chunk, a number is not finite, or the vocabulary is
/// too small for the coefficients.
FastTokenizer train_fast(const ActionSource& source, const FastTransform& transform, const FastTraining& training,
                         std::string_view who);

}  // namespace pianola
