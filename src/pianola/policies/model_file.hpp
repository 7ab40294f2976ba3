// model.safetensors of a run folder: its transition model, bound to the policy and the quantizer that it was trained
// beside.
//
// Tensors: those of the members, "members.J.NAME", and "range.low", "range.high" (F64). Metadata: "model" (spec),
// "quantizer_fingerprint", "policy_fingerprint" (the seal of policy.safetensors), "dataset_fingerprint", "action_dim",
// "vocabularies" where tokens are seen, "angles", "circles", and of each member what its kind writes, "members.J.KEY".
// Sealed (sealed_file.hpp).
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pianola/base/safetensors.hpp"
#include "pianola/policies/learned_model.hpp"
#include "pianola/policies/run_folder.hpp"

namespace pianola {

/// What a model file says of itself besides its weights.
struct ModelStamp {
  std::string quantizer_fingerprint, policy_fingerprint, dataset_fingerprint;
};

/// The parts without their laws, and the laws' tensors.
struct ModelContents {
  LearnedModelParts parts;
  std::vector<TensorFile> members;
};

/// The laws of the contents' members, read from their tensors. @throws DataError naming `where`.
std::shared_ptr<const TransitionModel> make_model(const ModelContents& contents, const std::string& where);

/// Atomic. @throws ResourceError.
void write_model(const std::filesystem::path& file, const ModelContents& contents, const ModelStamp& stamp);

/// What the run's model file holds; nothing if the folder has none.
/// @throws DataError naming the file and what is wrong: damaged, of another format_version, dimensions that are not the
/// policy's, or trained beside another policy or quantizer (both fingerprints are printed).
std::optional<ModelContents> read_model(const LoadedRun& run);

/// The model of these contents; null if there are none. @throws DataError as read_model, or for a tensor of another
/// shape.
std::shared_ptr<const TransitionModel> load_model(const LoadedRun& run);

}  // namespace pianola
