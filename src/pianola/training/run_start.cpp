#include "pianola/training/run_start.hpp"

#include <system_error>

#include "pianola/base/error.hpp"
#include "pianola/base/file.hpp"
#include "pianola/base/spec.hpp"
#include "pianola/policies/run_folder.hpp"
#include "pianola/training/provenance.hpp"

namespace pianola {
namespace {

namespace fs = std::filesystem;

void require_equal(std::size_t got, std::size_t wanted, const std::string& who, const std::string& what,
                   const std::string& whose) {
  if (got == wanted) return;
  throw UsageError("train: " + who + " has " + std::to_string(got) + " " + what + " dimensions, " + whose + " has " +
                   std::to_string(wanted) + "; use what belongs together");
}

void make_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throw ResourceError("cannot make the run folder '" + folder.string() + "': " + error.message());
}

void check_folder(const TrainPlan& plan) {
  const bool exists = fs::exists(plan.run), filled = exists && !(fs::is_directory(plan.run) && fs::is_empty(plan.run));
  if (filled && !plan.resume) {
    throw UsageError("train: '" + plan.run.string() +
                     "' exists and is not empty; continue it with --resume, or name another folder with -o");
  }
  if (plan.resume && !fs::exists(plan.run / "config.toml")) {
    throw UsageError("train: there is no run to resume in '" + plan.run.string() +
                     "' (no config.toml); start it without --resume");
  }
}

void check_quantizer(const TrainPlan& plan, const std::string& dataset) {
  const QuantizerInfo& quantizer = plan.quantizer->info();
  require_equal(quantizer.action_dim, plan.data->info().action_dim, "quantizer '" + quantizer.spec + "'", "action",
                dataset);
  if (quantizer.chunk == static_cast<std::size_t>(plan.config.chunk)) return;
  throw UsageError("train: chunk is " + std::to_string(plan.config.chunk) + ", but quantizer '" + quantizer.spec +
                   "' was fitted to chunks of " + std::to_string(quantizer.chunk) + "; fit it with the same --chunk");
}

/// What cannot be is said before anything is trained.
void check_model(const TrainPlan& plan) {
  if (plan.config.with_model.empty()) return;
  if (plan.quantizer != nullptr && plan.config.context == 0) return check_model_plan(model_plan_of(plan));
  throw UsageError(
      "train: with_model is for policies that play tokens on observations (mlp, transformer, tabular), not for " +
      plan.config.policy + (plan.config.context > 0 ? " with a context of tokens" : "") + "; leave out --with-model");
}

void check_start(const TrainConfig& config) {
  const bool network = !is_over_actions(config) && parse_spec(config.policy).name != "tabular";
  if (config.start_from.empty() || network) return;
  throw UsageError("train: start_from is for networks that play tokens (mlp, transformer, parallel), not for '" +
                   config.policy + "'; leave out --start-from");
}

}  // namespace

void check_plan(const TrainPlan& plan) {
  check_config(plan.config);
  if (plan.data == nullptr || (plan.quantizer == nullptr && !quantizer_spec(plan.config).empty())) {
    throw UsageError("train: a dataset and a fitted quantizer are needed");
  }
  if (plan.run.empty()) throw UsageError("train: a run folder is needed; name it with -o");
  const DatasetInfo& data = plan.data->info();
  const std::string dataset = "dataset '" + data.path + "'";
  if (plan.quantizer != nullptr) check_quantizer(plan, dataset);
  if (plan.system != nullptr) {
    const SystemInfo& system = plan.system->info();
    const std::string whose = "system '" + system.spec + "'";
    require_equal(data.observation_dim, system.observation_dim, dataset, "observation", whose);
    require_equal(data.action_dim, system.action_dim, dataset, "action", whose);
  }
  if (plan.expert != nullptr) {
    const ExpertInfo& expert = plan.expert->info();
    require_equal(data.action_dim, expert.action_dim, dataset, "action", "expert '" + expert.spec + "'");
  }
  check_model(plan);
  check_start(plan.config);
}

ModelPlan model_plan_of(const TrainPlan& plan) {
  return {plan.config,       *plan.data, *plan.quantizer,
          plan.system.get(), plan.run,   plan.progress != nullptr ? *plan.progress : no_progress()};
}

Identity identity_of(const TrainPlan& plan, const std::string& policy_spec, const std::string& start_fingerprint) {
  Identity identity = resumable_options(plan.config);
  identity["policy"] = policy_spec;
  identity["quantizer"] = plan.quantizer != nullptr ? plan.quantizer->info().spec : "";
  identity["dataset_fingerprint"] = plan.data->fingerprint();
  identity["quantizer_fingerprint"] = plan.quantizer != nullptr ? plan.quantizer->fingerprint() : "";
  if (!start_fingerprint.empty()) identity["start_fingerprint"] = start_fingerprint;
  return identity;
}

std::optional<Checkpoint> start_run(const TrainPlan& plan, const std::string& policy_spec,
                                    const std::string& start_fingerprint) {
  check_folder(plan);
  std::optional<Checkpoint> checkpoint;
  if (plan.resume) checkpoint = read_checkpoint(plan.run);
  if (checkpoint) check_identity(checkpoint->identity, identity_of(plan, policy_spec, start_fingerprint), plan.run);
  make_folder(plan.run);
  // First, because it is what makes a folder a run: --resume continues whatever happens from here on.
  write_file(plan.run / "config.toml", config_to_toml(plan.config, provenance(plan, policy_spec, start_fingerprint)));
  make_folder(plan.run / "candidates");
  remove_unfinished_checkpoint(plan.run);
  if (plan.quantizer != nullptr) write_run_quantizer(plan.run, *plan.quantizer);
  return checkpoint;
}

}  // namespace pianola
