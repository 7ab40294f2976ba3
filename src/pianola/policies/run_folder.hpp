// A run: the folder that a training writes and everything else reads.
//
//   config.toml          complete, replayable
//   quantizer.json       Quantizer::save
//   policy.safetensors   weights (best or EMA) and normalisation; metadata names both fingerprints
//   checkpoint/          resumable state, whole or absent
//   metrics.jsonl, events.out.tfevents.*, report.html
//
// A policy can be deployed only with the quantizer and the normalisation that it was trained with: their fingerprints
// stand in policy.safetensors and are verified on load.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "pianola/policies/policy.hpp"

namespace pianola {

struct LoadedRun {
  std::filesystem::path folder;
  std::string policy_spec, system_spec, dataset_fingerprint;  ///< system_spec "" if none was given
  std::shared_ptr<const Quantizer> quantizer;
  std::shared_ptr<const Policy> policy;
};

/// @throws DataError naming the file and what is wrong: missing, of another format_version, a tensor of another shape,
/// or a fingerprint that does not match (then both are printed).
LoadedRun load_run(const std::filesystem::path& folder);

}  // namespace pianola
