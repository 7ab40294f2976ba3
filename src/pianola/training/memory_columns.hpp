// Observations as a policy sees them whose tokens move a scale (quantizers/observed_memory.hpp): at every step the
// plant's columns, and behind them the features of the quantizer's memory once the trajectory's actions before that
// step were encoded, each trajectory from a fresh memory.
#pragma once

#include <vector>

#include "pianola/data/dataset.hpp"
#include "pianola/quantizers/quantizer.hpp"

namespace pianola {

struct RememberedData {
  Dataset data;                ///< observation_dim + features; without next observations
  std::vector<double> memory;  ///< [steps × memory_size], before each step; the same at every chunk length
};

/// Memory: a copy of the observations and actions. @throws UsageError if the quantizer has a memory that no policy can
/// see, or none.
RememberedData with_memory_columns(const Dataset& dataset, const Quantizer& quantizer);

}  // namespace pianola
