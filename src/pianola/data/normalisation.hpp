// Statistics of a dataset that travel with the model: observation mean and standard deviation.
//
//   z = (x − mean) / max(std, floor),   floor = 1e-6 · max(1, |mean|)   (a constant dimension maps to 0)
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "pianola/data/dataset.hpp"

namespace pianola {

/// Observation statistics in float32, as the network sees them.
struct Normalisation {
  std::vector<float> mean, inverse_std;  ///< [observation_dim]; inverse_std is 0 for a constant dimension
  /// Hash of both arrays; 32 hex digits.
  [[nodiscard]] std::string fingerprint() const;
  bool operator==(const Normalisation&) const = default;
};

/// Mean and standard deviation (divided by n) over the rows of the named trajectories (all if empty). Two passes, in
/// double. @throws UsageError for no or an unknown trajectory; DataError for a dimension beyond float32.
Normalisation fit_normalisation(const Dataset& dataset, std::span<const std::size_t> trajectories = {});

}  // namespace pianola
