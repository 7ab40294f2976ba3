#include "pianola/policies/run_description.hpp"

#include <algorithm>
#include <sstream>
#include <vector>

#include "pianola/base/file.hpp"
#include "pianola/base/json.hpp"
#include "pianola/policies/run_folder.hpp"
#include "pianola/policies/run_provenance.hpp"
#include "pianola/quantizers/observed_memory.hpp"

namespace pianola {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

/// Lines that are whole and JSON, as a training that was killed leaves them.
std::vector<Json> lines_of(const fs::path& file) {
  std::vector<Json> lines;
  std::istringstream text(read_file(file));
  for (std::string line; std::getline(text, line);) {
    Json parsed = Json::parse(line, nullptr, false);
    if (parsed.is_object() && parsed.contains("step")) lines.push_back(std::move(parsed));
  }
  return lines;
}

Json training_of(const fs::path& folder, std::size_t history) {
  const fs::path file = folder / "metrics.jsonl";
  if (!fs::exists(file)) return nullptr;
  std::vector<Json> lines = lines_of(file);
  if (lines.empty()) return nullptr;
  const Json steps = lines.back()["step"];
  const auto validated = [](const Json& line) { return line.contains("validation_nll"); };
  if (std::ranges::any_of(lines, validated)) std::erase_if(lines, [&](const Json& line) { return !validated(line); });
  Json rows = Json::array();
  const std::size_t shown = std::clamp<std::size_t>(history, 1, lines.size());
  for (std::size_t i = 0; i < shown; ++i) {
    Json& line = lines[shown == 1 ? lines.size() - 1 : i * (lines.size() - 1) / (shown - 1)];
    line.erase("format_version");
    rows.push_back(line);
  }
  return {{"steps", steps}, {"rows", rows}};
}

Json numbers_of(const TensorFile& file, const std::string& name, bool inverse) {
  const auto found = file.tensors.find(name);
  if (found == file.tensors.end()) return nullptr;
  Json numbers = Json::array();
  for (const float x : found->second.floats(name)) {
    const auto value = static_cast<double>(x);
    numbers.push_back(inverse ? (x == 0.0F ? Json() : number_or_null(1.0 / value)) : number_or_null(value));
  }
  return numbers;
}

Json quantizer_of(const Quantizer& quantizer) {
  const QuantizerInfo& info = quantizer.info();
  return {{"spec", info.spec},
          {"fingerprint", quantizer.fingerprint()},
          {"action_dim", info.action_dim},
          {"chunk", info.chunk},
          {"max_tokens", info.max_tokens},
          {"vocabularies", info.vocabularies},
          {"epsilon_sup", number_or_null(info.epsilon_sup)}};
}

}  // namespace

bool is_run(const fs::path& folder) {
  return fs::is_directory(folder) && (fs::exists(folder / "policy.safetensors") || fs::exists(folder / "checkpoint"));
}

bool is_exported(const fs::path& folder) { return fs::is_directory(folder) && fs::exists(folder / "policy.pianola"); }

Json describe_run(const fs::path& folder, std::size_t history) {
  const LoadedRun run = load_run(folder);
  return describe_run(run, read_safetensors(folder / "policy.safetensors"), history);
}

Json describe_run(const LoadedRun& run, const TensorFile& file, std::size_t history) {
  Json tensors = Json::array();
  std::size_t parameters = 0;
  for (const auto& [name, tensor] : file.tensors) {
    tensors.push_back({{"name", name}, {"shape", tensor.shape}});
    const bool statistics = name.ends_with("_mean") || name.ends_with("_inverse_std") || name == "codes";
    if (!statistics) parameters += tensor.floats(name).size();
  }
  const auto chosen = file.metadata.find("chosen");
  return {
      {"policy", run.policy_spec},
      {"parameters", parameters},
      {"observation_dim", run.policy ? run.policy->info().observation_dim : run.action_policy->info().observation_dim},
      {"memory_features", run.quantizer ? Json(memory_features_of(*run.quantizer)) : Json::array()},
      {"history", run.policy ? run.policy->info().history : run.action_policy->info().history},
      {"quantizer", run.quantizer ? quantizer_of(*run.quantizer) : Json(nullptr)},
      {"system", run.system_spec},
      {"dataset_fingerprint", run.dataset_fingerprint},
      {"chosen", chosen == file.metadata.end() ? "" : chosen->second},
      {"provenance", run_provenance(run.folder)},
      {"observation_mean", numbers_of(file, "observation_mean", false)},
      {"observation_std", numbers_of(file, "observation_inverse_std", true)},
      {"training", training_of(run.folder, history)},
      {"tensors", tensors}};
}

}  // namespace pianola
