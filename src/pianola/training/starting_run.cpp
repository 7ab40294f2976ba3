#include "pianola/training/starting_run.hpp"

#include <filesystem>

#include "pianola/base/error.hpp"
#include "pianola/quantizers/observed_memory.hpp"

namespace pianola {
namespace {

[[noreturn]] void throw_differs(const TrainConfig& config, const std::string& what, const std::string& there,
                                const std::string& here, const std::string& remedy) {
  throw UsageError("train: cannot start from run '" + config.start_from + "': " + what + " is " + there +
                   " there, and " + here + " here; " + remedy);
}

void check_quantizer(const TrainConfig& config, const Quantizer& there, const Quantizer& here) {
  if (there.fingerprint() == here.fingerprint()) return;
  throw_differs(config, "the quantizer", "'" + there.info().spec + "' of fingerprint " + there.fingerprint(),
                "'" + here.info().spec + "' of fingerprint " + here.fingerprint(),
                "leave out --quantizer: a fine-tuning keeps the one that it starts from");
}

void check_policy(const TrainConfig& config, const PolicyInfo& there, const DatasetInfo& data,
                  const Quantizer& quantizer) {
  const auto equal = [&](std::size_t got, std::size_t wanted, const char* what, const char* remedy) {
    if (got != wanted) throw_differs(config, what, std::to_string(got), std::to_string(wanted), remedy);
  };
  if (there.sees_tokens != (config.context > 0)) {
    throw_differs(config, "what a decision sees", there.sees_tokens ? "tokens" : "observations",
                  there.sees_tokens ? "observations" : "tokens", "use data of the same kind");
  }
  if (config.context > 0) {
    return equal(there.history, static_cast<std::size_t>(config.context), "the context", "give it as --context");
  }
  equal(there.observation_dim, data.observation_dim + memory_features_of(quantizer).size(),
        "the number of observation dimensions", "use demonstrations of the same system");
  equal(there.history, static_cast<std::size_t>(config.history), "the history", "give it as --history");
}

void check_characters(const TrainConfig& config, const std::string& there, const DatasetInfo& data) {
  const auto found = data.attributes.find("characters");
  const std::string here = found == data.attributes.end() ? "" : found->second;
  if (there == here) return;
  throw_differs(config, "the vocabulary of characters", "'" + there + "'", "'" + here + "'",
                "start from a run of a text of the same characters");
}

}  // namespace

std::optional<StartingRun> starting_run(const TrainPlan& plan) {
  const TrainConfig& config = plan.config;
  if (config.start_from.empty()) return std::nullopt;
  const LoadedRun run = load_run(config.start_from);
  if (run.policy == nullptr) {
    throw_differs(config, "the policy", "'" + run.policy_spec + "', which has no tokens,", "'" + config.policy + "'",
                  "start from a run of the same policy");
  }
  check_quantizer(config, *run.quantizer, *plan.quantizer);
  check_policy(config, run.policy->info(), plan.data->info(), *plan.quantizer);
  check_characters(config, run.characters, plan.data->info());
  const std::filesystem::path file = run.folder / "policy.safetensors";
  StartingRun start{run.policy_spec, file.string(), run.fingerprint, read_run_tensors(file), {}};
  if (!start.weights.tensors.contains("observation_mean")) return start;
  const auto floats = [&](const char* name) { return start.weights.at(name, start.where).floats(name); };
  start.normalisation = {floats("observation_mean"), floats("observation_inverse_std")};
  return start;
}

void check_starting_policy(const StartingRun& start, const std::string& policy_spec) {
  if (start.policy_spec == policy_spec) return;
  throw UsageError("train: cannot start from '" + start.where + "': it holds weights of policy '" + start.policy_spec +
                   "', and '" + policy_spec + "' is to be trained; give --policy " + start.policy_spec);
}

}  // namespace pianola
