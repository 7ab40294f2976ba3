// The chunks that a scheme learns from: every window of c steps of every trajectory (a policy is asked for a chunk at
// any step), thinned evenly where there are more than memory or time allow.
//
// Of N windows, number ⌊jN/m⌋ is kept for j = 0 … m − 1, in the order of the data. No window crosses the end of a
// trajectory; trajectories shorter than c have none.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "pianola/data/dataset.hpp"

namespace pianola {

/// Of a sample, at most; at least one chunk is kept whatever its length.
struct SampleLimits {
  std::size_t chunks = std::size_t{1} << 19;
  std::size_t values = std::size_t{1} << 25;  ///< 128 MiB of floats
};

struct ChunkSample {
  std::size_t width = 0;      ///< chunk × action_dim
  std::uint64_t windows = 0;  ///< in the data
  std::vector<float> values;  ///< [size() × width]
  [[nodiscard]] std::size_t size() const { return values.size() / width; }
};

/// Larger actions are refused: squared distances of chunks, and of what codes leave of them, stay float32
/// numbers.
inline constexpr double kLargestSampledAction = 1e14;

/// Two passes over the data. who: the scheme, for errors.
/// @throws DataError naming trajectory, row and dimension of a number that is not finite or beyond
/// kLargestSampledAction; if no trajectory is as long as a chunk; Interrupted.
ChunkSample sample_chunks(const ActionSource& source, std::size_t chunk, std::string_view who,
                          const SampleLimits& limits = {});

/// Rows ⌊jN/m⌋ of [N × width], j = 0 … m − 1: all of them if m ≥ N.
std::vector<float> thinned_rows(std::span<const float> rows, std::size_t width, std::size_t most);

}  // namespace pianola
