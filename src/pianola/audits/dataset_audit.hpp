// What a dataset alone says about quantizing it: no simulator, no expert to ask.
//
// These are weaker statements than an audit in closed loop, and each says so: errors are on recorded actions, which
// misrank quantizers where the loop amplifies some of them; smoothness is an estimate from neighbours.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "pianola/audits/neighbour_smoothness.hpp"
#include "pianola/audits/quantization_error.hpp"
#include "pianola/quantizers/compare.hpp"

namespace pianola {

struct DatasetAudit {
  QuantizerReport quantizer;
  QuantizationErrors errors;
  std::optional<NeighbourSmoothness> smoothness;  ///< nothing without observations, or of one trajectory
};

/// Four passes over the dataset, three if `scale` says what one of them would find. @throws DataError, UsageError,
/// Interrupted as its parts.
DatasetAudit audit_dataset(TrajectoryReader& reader, const Quantizer& quantizer, const NoiseKey& key,
                           const std::optional<ObservationScale>& scale = std::nullopt);

/// Fields of the quantizer's row of `quantize --json`, and error_by_step, worst_trajectories, smoothness {floor,
/// typical, states, bins [{state_distance, action_distance, action_p90, pairs}]}.
nlohmann::ordered_json to_json(const DatasetAudit& audit);

/// In sentences: the error beside the floor, and what neither can say.
std::string summary(const DatasetAudit& audit);

}  // namespace pianola
