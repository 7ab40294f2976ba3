// What a finished training is worth on data, in the units of `train --json`.
//
//   nll                 mean over rows of −Σ_p log π̂(token_p | x), nats per chunk
//   bits_per_dimension  mean of log₂ p(token) − log₂(width of its cell / σ_d): log₂ of the density that the tokens'
//                       law, spread evenly over cells, gives to actions in units of the dataset's standard deviations
//                       σ_d, so that more is better and numbers of bins compare; an action outside the range counts in
//                       the cell at its end, whose width is taken as it is
//   rmse                √ mean (decode(most likely tokens) − u)², each dimension, action units; with an action
//                       representation as ActionRepresentation::error measures it
#pragma once

#include <optional>
#include <vector>

#include "pianola/data/dataset.hpp"
#include "pianola/quantizers/quantizer.hpp"
#include "pianola/training/learner.hpp"

namespace pianola {

/// Mean log-loss of these rows, nats per chunk, summed in double in row order. rows not empty.
double mean_nll(const Learner& learner, std::span<const std::int64_t> rows, Weights which);

struct FinalReport {
  std::optional<double> bits_per_dimension;        ///< null if a cell is not finite, or a dimension is constant
  std::vector<double> decoded_rmse_per_dimension;  ///< [action_dim]
};

/// On the held-out rows, or on the training rows where none are held out.
FinalReport final_report(const Learner& learner, const Samples& samples, const Dataset& data,
                         const Quantizer& quantizer, Weights which);

}  // namespace pianola
