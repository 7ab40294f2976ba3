// A quantizer applied to a dataset, chunk by chunk: what every measurement of a scheme runs over.
//
// A trajectory of T steps is cut into ⌊T / c⌋ windows of c steps, one after the other; a tail shorter than c is left
// out and counted. No chunk crosses the end of a trajectory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "pianola/data/dataset.hpp"
#include "pianola/quantizers/quantizer.hpp"

namespace pianola {

/// Consecutive chunks of one trajectory. Spans are valid during the visit only.
struct ChunkBlock {
  std::size_t trajectory = 0;              ///< its number, from 0
  bool first = false;                      ///< the trajectory begins with this block
  std::size_t n = 0;                       ///< chunks
  std::span<const double> actions;         ///< [n × chunk × action_dim]
  std::span<const double> quantized;       ///< the same, by Quantizer::quantize
  std::span<const Token> tokens;           ///< [n × max_tokens]
  std::span<const std::uint32_t> lengths;  ///< [n]
  std::span<const float> decoded;          ///< [n × chunk × action_dim], of these tokens
  std::span<const DecodeStatus> status;    ///< [n]
  CodecContext context;                    ///< as encode had it; memory: [n × memory_size], before decoding
};

struct WalkCount {
  std::size_t trajectories = 0, chunks = 0, steps = 0, dropped_steps = 0;
};

class ChunkWalk {
 public:
  /// quantizer: kept by reference. key: its child "dither" is what random schemes draw from.
  ChunkWalk(const Quantizer& quantizer, const NoiseKey& key);

  /// Visits all chunks of `source` in order. Memory: one block of at most 65,536 values (or one chunk).
  /// @throws DataError for a number that is not finite, or if no trajectory is as long as a chunk; Interrupted.
  WalkCount run(const ActionSource& source, std::string_view who, const std::function<void(const ChunkBlock&)>& visit);

 private:
  void begin_trajectory(std::size_t trajectory);
  void block(std::span<const double> actions, std::size_t first_step, ChunkBlock& out);
  void trajectory(std::span<const double> actions, std::span<const double> observations, WalkCount& count,
                  const std::function<void(const ChunkBlock&)>& visit);

  const Quantizer& quantizer_;
  NoiseKey dither_;
  std::size_t width_, most_;  // values of a chunk, chunks of a block
  std::vector<double> quantized_, encoder_memory_, decoder_memory_, quantize_memory_, memory_before_;
  std::vector<double> starts_;  // observations at the chunks' starts, where the quantizer asks for a state
  std::vector<float> values_, decoded_;
  std::vector<Token> tokens_;
  std::vector<std::uint32_t> lengths_, h_;
  std::vector<std::uint64_t> ids_;
  std::vector<DecodeStatus> status_;
};

}  // namespace pianola
