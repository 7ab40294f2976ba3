// The quantized twin of a dataset: the same trajectories with q(u) in place of u, for tools that know no tokens.
//
// Trajectories are cut into chunks of c steps; a tail shorter than c is filled up with its last action, quantized, and
// cut back, so that every label is one that the quantizer can play.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "pianola/base/random.hpp"
#include "pianola/data/dataset.hpp"
#include "pianola/quantizers/keyed_quantizers.hpp"
#include "pianola/quantizers/quantizer.hpp"

namespace pianola {

/// Replaces `trajectory.actions` [T × action_dim]. `id` names the trajectory to schemes that draw noise (child
/// "dither").
void quantize_trajectory(Trajectory& trajectory, const Quantizer& quantizer, const NoiseKey& key, std::uint64_t id);

/// Writes the twin in `format`; if that is empty, in the one that the extension of `path` names, else in the dataset's
/// own. Attribute "quantizer" records the spec; all else is as it was, but for what is returned: one sentence for each
/// thing that is lost (images). Memory: one trajectory.
/// @throws UsageError if dimensions differ; DataError, ResourceError as reader and writer; nothing half-written.
std::vector<std::string> write_quantized_twin(TrajectoryReader& reader, const Quantizer& quantizer, const NoiseKey& key,
                                              const std::string& path, const std::string& format = "");

/// The same with each trajectory by the quantizer of its part, which have to be fitted to this reader. Attribute
/// "quantizer_by" records the attribute that tells the parts apart.
std::vector<std::string> write_quantized_twin(TrajectoryReader& reader, const KeyedQuantizers& keyed,
                                              const NoiseKey& key, const std::string& path,
                                              const std::string& format = "");

}  // namespace pianola
