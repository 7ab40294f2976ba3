// What a run is, for people and scripts who look at it: architecture, parameters, quantizer, statistics, how its
// training went.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "pianola/policies/run_folder.hpp"

namespace pianola {

/// Whether the folder is one of a training (policy.safetensors or checkpoint/ in it).
bool is_run(const std::filesystem::path& folder);
/// Whether the folder is one that `export` wrote.
bool is_exported(const std::filesystem::path& folder);

/// `policy`, `parameters`, `tensors` [{name, shape}], `observation_dim`, `memory_features` (names of the last of these
/// numbers, which are no observation), `history`, `observation_mean`, `observation_std` (null where a dimension was
/// constant), `quantizer` {spec, fingerprint, action_dim, chunk, max_tokens, vocabularies, epsilon_sup}, `system`,
/// `dataset_fingerprint`, `chosen`, `provenance`, and `training`:
/// {steps, rows [lines of metrics.jsonl, those with a validation if there are such; at most `history` of them, evenly
/// spread with first and last]}, null without metrics.jsonl. @throws DataError as load_run.
nlohmann::ordered_json describe_run(const std::filesystem::path& folder, std::size_t history = 12);
/// The same of a run that was loaded from this policy.safetensors.
nlohmann::ordered_json describe_run(const LoadedRun& run, const TensorFile& file, std::size_t history = 12);

}  // namespace pianola
