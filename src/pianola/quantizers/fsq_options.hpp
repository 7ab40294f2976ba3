// The options of fsq (fsq.hpp), and what they ask for: how many levels each latent number has, and of which encoder.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "pianola/quantizers/encoder_fit.hpp"
#include "pianola/quantizers/fit_range.hpp"

namespace pianola {

struct FsqConfig {
  std::string levels = "auto";  ///< 8x5x5x5, or one number; auto: 8 for identity, else 8x5x5x5
  std::string variant = "canonical";
  bool packed = false;
  EncoderOptions encoder = {};
  RangeOptions range = {};

  template <class V>
  void visit(V&& v) {
    v("levels", levels, "of each latent number: 8x5x5x5, or one for all; auto: 8 (identity) or 8x5x5x5");
    v("variant", variant, "canonical or openpi: two different codes");
    v("packed", packed, "one token for each group of digits instead of one a digit");
    encoder.visit(v);
    range.visit(v);
  }
};

/// The numbers of `levels`, or of its default. @throws UsageError unless they are 2 … FsqCode::kMostLevels each.
std::vector<std::uint32_t> fsq_levels(const FsqConfig& config);

/// @throws UsageError for options that contradict each other or do not fit the chunk.
EncoderShape fsq_shape(const FsqConfig& config, std::size_t action_dim, std::size_t chunk);

}  // namespace pianola
