// How fast a quantizer encodes and decodes the data that it is measured on: one thread, the best of several calls.
#pragma once

#include <cstddef>
#include <vector>

#include "pianola/base/random.hpp"
#include "pianola/quantizers/chunk_walk.hpp"
#include "pianola/quantizers/quantizer.hpp"

namespace pianola {

struct CodecSpeed {
  double encode_values_per_second = 0.0, decode_values_per_second = 0.0;
};

/// The first chunks of the data, tiled so that a call is long against the clock's resolution.
class CodecStopwatch {
 public:
  /// quantizer: kept by reference. key: its child "dither" is what random schemes draw from.
  CodecStopwatch(const Quantizer& quantizer, const NoiseKey& key) : quantizer_(quantizer), key_(key.child("dither")) {}

  void collect(const ChunkBlock& block);

  /// Fills `seconds` with calls of each. At least one block must have been collected, which is used up.
  CodecSpeed measure(double seconds);

 private:
  void tile();

  static constexpr std::size_t kValues = std::size_t{1} << 15;
  const Quantizer& quantizer_;
  NoiseKey key_;
  std::vector<float> values_;
  std::vector<double> starts_;  // observations at the chunks' starts
};

}  // namespace pianola
