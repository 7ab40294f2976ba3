// A run: the folder that a training writes and everything else reads.
//
//   config.toml          complete, replayable; its table [provenance] says what made it
//   quantizer.json       Quantizer::save; of policies over tokens, and of `bet`
//   policy.safetensors   weights (best or EMA) and normalisation; metadata names the fingerprints
//   candidates/          the weights among which the choice was made, each such a file
//   checkpoint/          resumable state, whole or absent
//   metrics.jsonl, events.out.tfevents.*, report.html
//
// A policy can be deployed only with the quantizer and the normalisation that it was trained with: their fingerprints
// stand in policy.safetensors, with one of that file itself, and are verified on load.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "pianola/base/safetensors.hpp"
#include "pianola/policies/action_policy.hpp"

namespace pianola {

/// Version of every file of a run folder but quantizer.json, which has its own.
inline constexpr int kRunFormatVersion = 1;

struct LoadedRun {
  std::filesystem::path folder;
  std::string policy_spec, system_spec, dataset_fingerprint;  ///< system_spec "" if none was given
  std::string fingerprint;                                    ///< of policy.safetensors
  std::string characters;                                     ///< as PolicyStamp::characters
  std::shared_ptr<const Quantizer> quantizer;                 ///< null where the law is over actions
  std::shared_ptr<const Policy> policy;                       ///< null where the law is over actions
  std::shared_ptr<const ActionPolicy> action_policy;          ///< null where it is over tokens
};

/// What a policy file says of itself besides its weights.
struct PolicyStamp {
  std::string policy_spec, system_spec, dataset_fingerprint, quantizer_fingerprint;
  std::string chosen;           ///< which weights these are: "ema@10000"
  std::string characters = {};  ///< of a text, UTF-8: token k is the k-th; "" if tokens are no characters
  /// Of the quantizer's memory, what the policy sees behind the plant's observation (memory_columns); "" for none.
  std::string memory_features = {};
};

/// The names of a quantizer's memory features (quantizers/observed_memory.hpp), "; " between them.
std::string memory_columns(const Quantizer& quantizer);

/// Writes `tensors` with the stamp, the fingerprint of its normalisation (tensors observation_mean and
/// observation_inverse_std; without them that of an empty one) and that of all this as metadata. Atomic. @throws
/// ResourceError.
void write_policy(const std::filesystem::path& file, TensorFile tensors, const PolicyStamp& stamp);

/// Writes quantizer.json. Atomic. @throws ResourceError.
void write_run_quantizer(const std::filesystem::path& folder, const Quantizer& quantizer);

/// read_safetensors of a file of a run folder. @throws DataError as that, or for another format_version.
TensorFile read_run_tensors(const std::filesystem::path& file);

/// @throws DataError naming the file and what is wrong: missing, of another format_version, a tensor of another shape,
/// or a fingerprint that does not match (then both are printed).
LoadedRun load_run(const std::filesystem::path& folder);

}  // namespace pianola
