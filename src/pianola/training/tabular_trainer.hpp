// `train --policy tabular`: count ratios, the exact maximiser of log-loss over all tables
// (policies/tabular_policy.hpp), in one pass without a network. Options of gradient descent are not read; --history,
// --validation, --chunk and the quantizer are. The run folder is that of every training, without a checkpoint: it is
// done before one would be due.
#pragma once

#include "pianola/training/trainer.hpp"

namespace pianola {

/// plan: checked (check_plan), with policy "tabular". Held-out log-loss is infinite where a held-out token was never
/// seen in a state that was: a table promises nothing else. bits_per_dimension: not computed.
/// @throws as train, and UsageError for a quantizer whose targets are soft: counts are of tokens.
TrainResult train_tabular(const TrainPlan& plan);

}  // namespace pianola
