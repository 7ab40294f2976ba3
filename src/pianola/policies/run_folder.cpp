#include "pianola/policies/run_folder.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "pianola/base/error.hpp"
#include "pianola/base/file.hpp"
#include "pianola/data/action_representation.hpp"
#include "pianola/data/normalisation.hpp"
#include "pianola/policies/registry.hpp"
#include "pianola/policies/sealed_file.hpp"
#include "pianola/policies/weight_file.hpp"
#include "pianola/quantizers/observed_memory.hpp"
#include "pianola/quantizers/registry.hpp"

namespace pianola {
namespace {

namespace fs = std::filesystem;

std::string normalisation_fingerprint(const TensorFile& file, const std::string& where) {
  if (!file.tensors.contains("observation_mean")) return Normalisation{}.fingerprint();  // tokens are the input
  const auto floats = [&](const char* name) { return file.at(name, where).floats(name); };
  return Normalisation{floats("observation_mean"), floats("observation_inverse_std")}.fingerprint();
}

void check_fingerprint(const std::string& what, const std::string& trained, const std::string& found,
                       const std::string& where) {
  if (trained == found) return;
  throw DataError(
      fmt::format("{}: the policy was trained with the {} of fingerprint {}, but this one has {}; deploy a "
                  "policy only with its own: restore the run folder or train again",
                  where, what, trained, found));
}

void check_folder(const fs::path& folder) {
  if (!fs::is_directory(folder)) {
    throw DataError(fmt::format("run '{}' is no folder; make one with `pianola train DATA -o {}`", folder.string(),
                                folder.string()));
  }
  if (fs::exists(folder / "policy.safetensors")) return;
  throw DataError(
      fs::exists(folder / "checkpoint")
          ? fmt::format("run '{}' has no policy.safetensors: its training has not ended; continue it with "
                        "`pianola train --resume`",
                        folder.string())
          : fmt::format("run '{}' has no policy.safetensors; is it the folder of a training?", folder.string()));
}

std::shared_ptr<const Quantizer> read_quantizer(const fs::path& file) {
  const std::string text = read_file(file);
  nlohmann::ordered_json saved;
  try {
    saved = nlohmann::ordered_json::parse(text);
  } catch (const nlohmann::json::exception& error) {
    throw DataError(fmt::format("{} is no JSON: {}; restore it from the run", file.string(), error.what()));
  }
  return load_quantizer(saved, file.string());
}

void check_vocabularies(const Policy& policy, const Quantizer& quantizer, const std::string& where) {
  if (policy.info().vocabularies == quantizer.info().vocabularies) return;
  throw DataError(fmt::format("{}: the policy has vocabularies [{}], the quantizer [{}]; restore the run folder", where,
                              fmt::join(policy.info().vocabularies, ", "),
                              fmt::join(quantizer.info().vocabularies, ", ")));
}

/// What of the quantizer's memory the policy was trained to see is what this program shows it.
void check_memory(const TensorFile& file, const LoadedRun& run, const std::string& where) {
  const auto found = file.metadata.find("memory_features");
  const std::string trained = found == file.metadata.end() ? "" : found->second, shown = memory_columns(*run.quantizer);
  const std::size_t count = memory_features_of(*run.quantizer).size();
  if (trained == shown && run.policy->info().observation_dim > count) return;
  throw DataError(fmt::format(
      "{}: beside the plant the policy was trained to see [{}] of its quantizer's memory, and here it would "
      "be shown [{}] among {} numbers; restore the run folder or train again",
      where, trained, shown, run.policy->info().observation_dim));
}

/// The state of relative actions is part of what the policy observes.
void check_state(const Policy& policy, const Quantizer& quantizer, const std::string& where) {
  const ActionRepresentation* const map = quantizer.representation();
  if (map == nullptr || !map->needs_state() || map->observation_dim() == policy.info().observation_dim) return;
  throw DataError(
      fmt::format("{}: actions are relative to a state among {} observation columns, but the policy observes "
                  "{}; restore the run folder",
                  where, map->observation_dim(), policy.info().observation_dim));
}

const PolicyEntry& entry_of(const std::string& spec, const std::string& where) {
  try {
    return find_policy(parse_spec(spec).name);
  } catch (const UsageError& error) {
    throw DataError(where + ": " + error.what());
  }
}

}  // namespace

std::string memory_columns(const Quantizer& quantizer) {
  return fmt::format("{}", fmt::join(memory_features_of(quantizer), "; "));
}

void write_policy(const fs::path& file, TensorFile tensors, const PolicyStamp& stamp) {
  auto& metadata = tensors.metadata;
  metadata["format_version"] = std::to_string(kRunFormatVersion);
  metadata["pianola"] = PIANOLA_VERSION;
  metadata["policy"] = stamp.policy_spec;
  metadata["system"] = stamp.system_spec;
  metadata["dataset_fingerprint"] = stamp.dataset_fingerprint;
  metadata["quantizer_fingerprint"] = stamp.quantizer_fingerprint;
  metadata["normalisation_fingerprint"] = normalisation_fingerprint(tensors, file.string());
  metadata["chosen"] = stamp.chosen;
  if (!stamp.memory_features.empty()) metadata["memory_features"] = stamp.memory_features;
  if (!stamp.characters.empty()) metadata["characters"] = stamp.characters;
  write_sealed(file, std::move(tensors));
}

void write_run_quantizer(const fs::path& folder, const Quantizer& quantizer) {
  write_file(folder / "quantizer.json", quantizer.save().dump(2) + "\n");
}

TensorFile read_run_tensors(const fs::path& path) {
  TensorFile file = read_safetensors(path);
  const std::string where = path.string(), &version = read_metadata(file, "format_version", where);
  if (version == std::to_string(kRunFormatVersion)) return file;
  throw DataError(fmt::format("{} has format_version {}, but this build reads {}; use the pianola that wrote it", where,
                              version, kRunFormatVersion));
}

LoadedRun load_run(const fs::path& folder) {
  check_folder(folder);
  const fs::path weights = folder / "policy.safetensors";
  const std::string where = weights.string();
  const TensorFile file = read_run_tensors(weights);
  LoadedRun run;
  run.folder = folder;
  run.policy_spec = read_metadata(file, "policy", where);
  run.system_spec = read_metadata(file, "system", where);
  run.dataset_fingerprint = read_metadata(file, "dataset_fingerprint", where);
  run.fingerprint = read_metadata(file, "fingerprint", where);
  if (const auto found = file.metadata.find("characters"); found != file.metadata.end()) run.characters = found->second;
  check_fingerprint("normalisation", read_metadata(file, "normalisation_fingerprint", where),
                    normalisation_fingerprint(file, where), where);
  const PolicyEntry& entry = entry_of(run.policy_spec, where);
  if (entry.load == nullptr) {
    run.action_policy = entry.load_actions(file, where);
    check_seal(file, where);
    return run;
  }
  run.quantizer = read_quantizer(folder / "quantizer.json");
  check_fingerprint("quantizer", read_metadata(file, "quantizer_fingerprint", where), run.quantizer->fingerprint(),
                    (folder / "quantizer.json").string());
  run.policy = entry.load(file, where);
  check_vocabularies(*run.policy, *run.quantizer, where);
  check_memory(file, run, where);
  check_state(*run.policy, *run.quantizer, where);
  check_seal(file, where);
  return run;
}

}  // namespace pianola
