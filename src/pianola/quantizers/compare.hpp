// What a quantizer does to the actions of a dataset: error, bias, bits, tokens, speed. Schemes are compared by these
// numbers, and the closed loop decides (docs/theory.md §8): an offline error alone can misrank them.
//
// Errors are Euclidean in action units, per step; with an action representation as ActionRepresentation::error says
// (angles wrapped, rotations by the rotation between them, in radians), and each rotation's angle in degrees beside it.
// A dataset's mean is the mean of its trajectories' means, whose spread
// gives the interval; trajectories are cut into chunks as chunk_walk.hpp says.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "pianola/base/random.hpp"
#include "pianola/base/statistics.hpp"
#include "pianola/data/action_representation.hpp"
#include "pianola/data/dataset.hpp"
#include "pianola/quantizers/quantizer.hpp"
#include "pianola/quantizers/token_error.hpp"

namespace pianola {

/// What was not timed.
inline constexpr double kNotTimed = std::numeric_limits<double>::quiet_NaN();

/// NaN where a number does not exist, ∞ where it is infinite.
struct QuantizerReport {
  std::string spec;
  double epsilon_sup = 0.0;  ///< as the scheme claims; ∞ if it claims none
  Estimate epsilon_in;       ///< E[(1/T) Σ ‖q(u) − u‖], over trajectories
  Estimate rmse;             ///< (E[(1/T) Σ ‖q(u) − u‖²])^½, what a rate–distortion bound speaks of
  std::vector<double> epsilon_in_per_dimension;       ///< mean |q(u) − u|
  std::vector<Estimate> bias_per_dimension;           ///< mean q(u) − u, over trajectories
  std::vector<double> largest_action_per_dimension;   ///< |u|, against which rounding is judged; empty: unknown
  std::vector<std::size_t> constant_dimensions;       ///< one value in all of the data (as float32)
  std::vector<std::size_t> collapsed_dimensions;      ///< the data vary, and q(u) never does
  std::vector<std::uint32_t> dead_codes;              ///< of the fit, by layer; empty: unknown (fit_findings.hpp)
  std::vector<double> offset_rms;                     ///< of the fit (fit_findings.hpp); empty: not measured
  std::vector<RotationError> rotation_error_degrees;  ///< of each rotation, mean angle
  double tokens_per_chunk_mean = 0.0;
  std::size_t tokens_per_chunk_max = 0;
  double vocabulary = 0.0;          ///< the largest of any position; ∞ without a finite codebook
  double bits_per_action = 0.0;     ///< Σ log₂ vocabulary over the tokens of a chunk, mean over chunks / chunk
  double entropy_per_action = 0.0;  ///< bits; the rest as token_statistics.hpp says
  Estimate entropy;                 ///< the same, over trajectories; low, high NaN and n 0: not measured
  double entropy_correction = 0.0;  ///< bits an action that it adds to the empirical entropy
  double repeat_rate = 0.0, used_fraction = 0.0, perplexity = 0.0;
  double expected_used_fraction = std::numeric_limits<double>::quiet_NaN();  ///< NaN: the data are too few to tell
  double tokens_per_code = std::numeric_limits<double>::quiet_NaN();
  double saturated_fraction = 0.0;  ///< of single values
  TokenError token_error;
  std::size_t decode_failures = 0;  ///< chunks whose own tokens had to be repaired
  double encode_values_per_second = 0.0,
         decode_values_per_second = 0.0;                       ///< one thread, best of several; NaN: not timed
  double fit_seconds = kNotTimed;                              ///< by who fits; NaN: not timed, or read from a file
  std::string loaded_from;                                     ///< the file it was read from (saved.hpp); empty: fitted
  std::size_t trajectories = 0, steps = 0, dropped_steps = 0;  ///< dropped: tails shorter than a chunk
};

struct MeasureOptions {
  std::size_t token_errors = 10000;  ///< tokens to replace; 0: none
  double timing_seconds = 0.03;      ///< for each of encode and decode; 0: not timed
  bool entropy_interval = true;      ///< false: the entropy's interval is not measured
};

/// Works for any scheme. Two passes over the data; one without token errors and the entropy's interval. Memory: a
/// block, and 8 bytes a token of the vocabularies.
/// @throws UsageError if quantizer and data differ in dimension; DataError as ChunkWalk::run; Interrupted.
QuantizerReport measure_quantizer(const Quantizer& quantizer, const ActionSource& source, const NoiseKey& key,
                                  const MeasureOptions& options = {});

/// Euclidean norm of the mean error: what a loop that repeats it integrates.
double bias_norm(const QuantizerReport& report);

/// One row of `quantize --json`, with what quantizer_remarks.hpp has to say of it.
nlohmann::ordered_json to_json(const QuantizerReport& report);

}  // namespace pianola
