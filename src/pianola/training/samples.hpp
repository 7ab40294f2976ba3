// What the network learns from: for every step h of a trajectory with a whole chunk ahead,
//
//   input   the last `history` observations, normalised, the newest last; before the start the first one repeats
//   target  the tokens of the chunk u_h … u_{h+c−1}
//
// Steps whose chunk would reach beyond the trajectory's end are no samples: nothing is padded.
// Normalisation is fitted to the training trajectories only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "pianola/data/dataset.hpp"
#include "pianola/data/normalisation.hpp"
#include "pianola/quantizers/quantizer.hpp"

namespace pianola {

struct SampleOptions {
  std::size_t history = 1;
  double validation = 0.1;  ///< fraction of trajectories held out
  NoiseKey key;             ///< of the split, and of schemes that draw noise when they encode
};

struct Samples {
  std::size_t input_dim = 0;  ///< history · observation_dim
  std::size_t history = 1;
  std::size_t positions = 0;                ///< tokens a chunk
  std::size_t chunk_values = 0;             ///< chunk · action_dim
  Normalisation normalisation;              ///< [input_dim]
  std::vector<std::uint32_t> vocabularies;  ///< [positions]
  std::vector<float> inputs;                ///< [n × input_dim]
  std::vector<std::int64_t> tokens;         ///< [n × positions]
  std::vector<float> chunks;                ///< [n × chunk_values], action units
  std::vector<double> starts;  ///< [n × observation_dim], seen at the chunks' starts, if the quantizer needs a state
  std::vector<std::int64_t> train, validation;  ///< rows, ascending
  const Quantizer* soft = nullptr;              ///< whose targets() are not one-hot; null: tokens are the targets
  /// Observations of `count` samples from `first` on; empty if the quantizer needs no state.
  [[nodiscard]] std::span<const double> starts_of(std::size_t first, std::size_t count) const {
    const std::size_t dim = size() == 0 ? 0 : starts.size() / size();
    return std::span(starts).subspan(first * dim, count * dim);
  }
  [[nodiscard]] std::size_t size() const { return positions == 0 ? 0 : tokens.size() / positions; }
};

/// The result refers to `quantizer`.
/// @throws UsageError if the quantizer has another action dimension, tokens of varying number, or memory; DataError
/// naming a trajectory shorter than a chunk, or a number beyond float32.
Samples make_samples(const Dataset& dataset, const Quantizer& quantizer, const SampleOptions& options);

}  // namespace pianola
