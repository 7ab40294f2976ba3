// What the network learns from: for every step h of a trajectory with a whole chunk ahead,
//
//   input   the last `history` observations, normalised, the newest last; before the start the first one repeats
//   target  the tokens of the chunk u_h … u_{h+c−1}
//
// Steps whose chunk would reach beyond the trajectory's end are no samples: nothing is padded.
// Normalisation is fitted to the training trajectories only, unless it is given. What was relabelled from a
// demonstration (data/relabelled.hpp) is trained on if that is, and else neither trained on nor validated: held-out
// log-loss is of demonstrations. Chunks may have token sequences of varying length: the places behind their end count
// nowhere. Windows of pure token data: token_windows.hpp. Where tokens move a scale the observation is followed by what
// a policy sees of it (memory_columns.hpp), and chunks are encoded from there.
#pragma once

#include <algorithm>
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
  std::size_t context = 0;  ///< tokens of context of a window; 0: observations are the input
  /// [history · observation_dim], of the run that a fine-tuning starts from; empty: fitted to the training
  /// trajectories.
  Normalisation normalisation = {};
};

struct Samples {
  std::size_t input_dim = 0;  ///< history · observation_dim; context of windows
  std::size_t history = 1;
  std::size_t context = 0;                  ///< > 0: rows are windows of so many tokens
  std::size_t positions = 0;                ///< tokens a chunk at most; of windows: context
  std::size_t chunk = 1;                    ///< actions a row
  std::size_t chunk_values = 0;             ///< chunk · action_dim
  Normalisation normalisation;              ///< [input_dim]; empty for windows
  Normalisation action_scale;               ///< [chunk_values]: mean and 1/std of each coordinate of a chunk
  std::vector<std::uint32_t> vocabularies;  ///< [positions]
  std::vector<float> inputs;                ///< [n × input_dim]; empty for windows
  std::vector<std::int64_t> contexts;       ///< of windows, as long as tokens: what was seen at each place
  std::vector<std::int64_t> tokens;         ///< [n × positions]; of windows [n + context − 1], row r begins at r
  std::vector<std::uint32_t> lengths;       ///< [n] tokens that there are; empty: all positions
  std::vector<std::uint32_t> firsts;        ///< [n] of windows: places that are context only where rows are scored
  std::vector<float> chunks;                ///< [n × chunk_values], action units
  std::vector<float> codes;                 ///< [k × chunk_values], normalised: of a codebook of whole chunks
  std::vector<double> starts;  ///< [n × observation_dim], seen at the chunks' starts, if the quantizer needs a state
  std::vector<double> memory;  ///< [n × memory_size] of the quantizer, before each chunk
  std::vector<std::int64_t> train, validation;  ///< rows, ascending
  std::vector<std::int64_t> train_scored;       ///< rows that count each training action once; empty: train
  const Quantizer* soft = nullptr;              ///< whose targets() are not one-hot; null: tokens are the targets
  /// Observations of `count` samples from `first` on; empty if the quantizer needs no state.
  [[nodiscard]] std::span<const double> starts_of(std::size_t first, std::size_t count) const {
    const std::size_t dim = size() == 0 ? 0 : starts.size() / size();
    return std::span(starts).subspan(first * dim, count * dim);
  }
  /// Of these samples, [rows × memory_size]; a copy, as encoding and decoding move it.
  [[nodiscard]] std::vector<double> memory_of(std::span<const std::int64_t> rows) const;
  [[nodiscard]] std::size_t size() const {
    if (context > 0) return tokens.size() < context ? 0 : tokens.size() - context + 1;
    return positions == 0 ? inputs.size() / std::max<std::size_t>(1, input_dim) : tokens.size() / positions;
  }
  [[nodiscard]] std::span<const std::int64_t> scored() const { return train_scored.empty() ? train : train_scored; }
  [[nodiscard]] std::size_t length(std::size_t row) const { return lengths.empty() ? positions : lengths[row]; }
  [[nodiscard]] std::size_t first(std::size_t row) const { return firsts.empty() ? 0 : firsts[row]; }
  /// Actions that a score of these rows is about: characters, where rows are windows.
  [[nodiscard]] std::size_t actions_in(std::span<const std::int64_t> rows) const;
};

/// The result refers to `quantizer`.
/// @throws UsageError if the quantizer has another action dimension, or a memory that no policy sees, or sees at some
/// steps of a history only (chunks and history above 1); DataError naming a trajectory shorter
/// than a chunk, or a number beyond float32; with a context also as token_windows.hpp says.
Samples make_samples(const Dataset& dataset, const Quantizer& quantizer, const SampleOptions& options);

/// The same without tokens, for laws over actions: chunks of so many.
Samples make_action_samples(const Dataset& dataset, std::size_t chunk, const SampleOptions& options);

}  // namespace pianola
