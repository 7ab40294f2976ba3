// What the weights of an export cost: log-loss of the same run with float32 weights and with those exported.
#pragma once

#include <filesystem>

#include "pianola/base/packed_weights.hpp"
#include "pianola/base/random.hpp"
#include "pianola/data/dataset.hpp"

namespace pianola {

struct ExportedLoss {
  double full = 0.0, exported = 0.0;  ///< nats an action
  std::size_t chunks = 0;
};

/// On at most `most` chunks of the dataset, drawn from all, the same for both; 0: all. @throws as load_run and
/// policy_log_loss.
ExportedLoss exported_loss(const std::filesystem::path& run, WeightFormat weights, const Dataset& dataset,
                           const NoiseKey& key, std::size_t most);

}  // namespace pianola
