// What a finished training is worth on data, in the units of `train --json`.
//
//   nll                 Σ over rows of −Σ_p log π̂(token_p | x, tokens before p), nats; reported per action
//                       of laws over actions: −log of the density of normalised actions
//   bits_per_dimension  mean of log₂ p(token) − log₂(width of its cell / σ_d): log₂ of the density that the tokens'
//                       law, spread evenly over cells, gives to actions in units of the dataset's standard deviations
//                       σ_d, so that more is better and numbers of bins compare. An action outside the range is
//                       played by the cell at its end, which then has no finite width: no number. Nor does it compare
//                       where actions have atoms (a limit that they reach, a gripper that is open or shut): there the
//                       density diverges, and finer cells always win; `atoms` says how much of the data that is
//   outside             share of values that the quantizer clips
//   atoms               share of values that equal at least nine others, and 0.1 % of all, of their dimension
//   rmse                √ mean (decode(most likely tokens) − u)², each dimension, action units; with an action
//                       representation as ActionRepresentation::error measures it
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "pianola/data/dataset.hpp"
#include "pianola/quantizers/quantizer.hpp"
#include "pianola/training/learner.hpp"

namespace pianola {

/// Log-loss of these rows, nats, summed in double in row order.
double total_nll(const Learner& learner, std::span<const std::int64_t> rows, Weights which);

/// √ mean error² of each dimension, action units, of decided chunks [rows × chunk_values].
/// quantizer: whose representation measures errors; null: differences.
std::vector<double> chunk_rmse(std::span<const float> decided, std::span<const std::int64_t> rows,
                               const Samples& samples, const Quantizer* quantizer);

struct FinalReport {
  std::optional<double> bits_per_dimension;  ///< null if a cell is not finite, a dimension is constant, tokens stand
                                             ///< for no single coordinate, sequences vary in length, or outside > 0
  std::optional<double> outside, atoms;      ///< of the actions that it is about; null for windows of tokens
  std::vector<double> decoded_rmse_per_dimension;  ///< [action_dim]; empty for windows of tokens
};

/// Share of values [n × dim] that equal at least nine others, and 0.1 % of all, of their dimension; 0 of none.
double atom_share(std::span<const double> actions, std::size_t dim);

/// On the held-out rows, or on the training rows where none are held out; laws over actions are
/// deployed on at most about 1,024 of them to measure errors. quantizer: null for those that have none.
FinalReport final_report(const Learner& learner, const Samples& samples, const Dataset& data,
                         const Quantizer* quantizer, Weights which);

}  // namespace pianola
