#include "pianola/control/deployment.hpp"

#include <fmt/format.h>

#include <utility>

#include "pianola/control/collect.hpp"
#include "pianola/control/origin.hpp"
#include "pianola/control/regulation.hpp"
#include "pianola/data/formats.hpp"
#include "pianola/policies/model_file.hpp"
#include "pianola/policies/run_folder.hpp"
#include "pianola/policies/run_provenance.hpp"
#include "pianola/quantizers/observed_memory.hpp"
#include "pianola/quantizers/registry.hpp"
#include "pianola/systems/registry.hpp"

namespace pianola {
namespace {

/// Of one trajectory: actions [T, action_dim], and where somebody asks for them observations [T, observation_dim].
struct Demonstration {
  std::vector<double> actions, observations;
};
using Demonstrations = std::vector<Demonstration>;

constexpr std::size_t kTrajectories = 50;

Demonstrations collect_actions(const DeploymentRequest& request, const Deployment& plant) {
  CollectPlan plan;
  plan.system = plant.system;
  plan.expert = plant.expert;
  plan.key = request.key.child("fit");
  plan.trajectories = request.trajectories != 0 ? request.trajectories : kTrajectories;
  plan.progress = request.progress;
  Demonstrations kept;
  const bool observed = needs_observations(request.actions);
  collect(plan, [&](const Trajectory& trajectory) {
    kept.push_back({trajectory.actions, observed ? trajectory.observations : std::vector<double>()});
  });
  return kept;
}

/// Expert demonstrations, collected into `kept` when the first scheme asks for them: later passes and schemes find
/// them there.
class LazyDemonstrations final : public ActionSource {
 public:
  LazyDemonstrations(const DeploymentRequest& request, const Deployment& plant, Demonstrations& kept)
      : request_(request), plant_(plant), kept_(kept) {}

  [[nodiscard]] std::size_t action_dim() const override { return plant_.system->info().action_dim; }

  void for_each(const std::function<void(std::span<const double>)>& visit) const override {
    for_each_observed([&](std::span<const double> actions, std::span<const double>) { visit(actions); });
  }

  void for_each_observed(
      const std::function<void(std::span<const double>, std::span<const double>)>& visit) const override {
    if (plant_.expert == nullptr) {
      throw UsageError(
          fmt::format("quantizer '{}' is fitted to actions, and system '{}' has no expert; give --data or --expert",
                      request_.quantizer, request_.system));
    }
    if (kept_.empty()) kept_ = collect_actions(request_, plant_);
    for (const Demonstration& demonstration : kept_) visit(demonstration.actions, demonstration.observations);
  }

 private:
  const DeploymentRequest& request_;
  const Deployment& plant_;
  Demonstrations& kept_;
};

void require_equal(std::size_t got, std::size_t wanted, const char* what, const std::string& who,
                   const std::string& system) {
  if (got != wanted) {
    throw UsageError(fmt::format("{} has {} {} dimensions, system '{}' has {}; use the system it was made for", who,
                                 got, what, system, wanted));
  }
}

void note_differences(const DeploymentRequest& request, const std::string& who, const Origin& origin,
                      const System& system) {
  if (!request.note) return;
  for (const std::string& difference : differences(who, origin, system.info())) request.note(difference);
}

/// Observations that are bad or absent are no obstacle, unless fields are named, or actions are relative to them: those
/// are to exist.
ReadOptions actions_of(const DeploymentRequest& request) {
  ReadOptions read = request.read;
  read.actions_only = read.observation.empty() && !needs_observations(request.actions);
  return read;
}

/// Of the observation as it would be read; 0 where it cannot be, which is no obstacle to looking at actions.
std::size_t readable_observation_dim(const DeploymentRequest& request) {
  try {
    return open_dataset(request.data, request.read)->info().observation_dim;
  } catch (const Error&) {
    return 0;
  }
}

/// What can be known of the request's data without its numbers.
void check_data(const DeploymentRequest& request, const System& system) {
  if (request.data.empty()) return;
  const std::string who = "dataset '" + request.data + "'";
  const auto reader = open_dataset(request.data, actions_of(request));
  require_equal(reader->info().action_dim, system.info().action_dim, "action", who, system.info().spec);
  const std::size_t wanted = system.info().observation_dim, got = readable_observation_dim(request);
  if (got != 0 && got != wanted) {
    throw UsageError(
        fmt::format("{} has {} observation dimensions, system '{}' has {}; use the system it was made for, or name the "
                    "fields that this one observes (--observation)",
                    who, got, system.info().spec, wanted));
  }
  note_differences(request, who, origin_of(reader->info().attributes), system);
}

std::shared_ptr<const Quantizer> fit_sharing(const DeploymentRequest& request, const Deployment& plant,
                                             Demonstrations& kept) {
  const std::size_t chunk = request.chunk != 0 ? request.chunk : 1;
  if (!request.data.empty()) {
    const auto reader = open_dataset(request.data, actions_of(request));
    return fit_to_dataset(request.quantizer, chunk, *action_source(*reader), reader->info(), plant.system.get(),
                          request.key, request.trainer, request.actions);
  }
  DatasetInfo none;
  none.action_dim = plant.system->info().action_dim;
  none.observation_dim = plant.system->info().observation_dim;
  none.action_kinds = plant.system->info().action_kinds;
  return fit_to_dataset(request.quantizer, chunk, LazyDemonstrations(request, plant, kept), none, plant.system.get(),
                        request.key, request.trainer, request.actions);
}

/// A run is deployed as it was trained, so what only a fit would look at is refused rather than ignored.
void require_nothing_to_fit(const DeploymentRequest& request) {
  const char* option = nullptr;
  if (request.chunk != 0) option = "--chunk";
  if (!request.actions.kinds.empty()) option = "--kinds";
  if (!request.actions.frame.empty()) option = "--frame";
  if (!request.actions.state.empty()) option = "--state";
  if (!request.data.empty()) option = "--data";
  if (!request.read.observation.empty()) option = "--observation";
  if (request.trajectories != 0) option = "--trajectories";
  if (option == nullptr) return;
  throw UsageError(fmt::format(
      "a run brings its own quantizer, fitted and with its own chunk, kinds and frame: leave out --run or {}", option));
}

using Texts = std::map<std::string, std::string>;

std::string text_of(const Texts& texts, const char* name) {
  const auto found = texts.find(name);
  return found == texts.end() ? "" : found->second;
}

/// What the run's system and simulator were, as far as its training knew them.
Origin origin_of_run(const LoadedRun& run, const Texts& notes) {
  return {run.system_spec.empty() ? text_of(notes, "dataset_system") : run.system_spec, text_of(notes, "simulator")};
}

/// Without a system: on the run's own, with its assets and its expert where the request names none.
DeploymentRequest on_own_system(DeploymentRequest request, const Origin& origin, const Texts& notes) {
  if (!request.system.empty()) return request;
  if (origin.system.empty()) {
    throw UsageError(fmt::format("run '{}' was trained on data that names no system; give --system", request.run));
  }
  request.system = origin.system;
  const auto options = run_options(request.run);
  if (request.assets.empty()) request.assets = text_of(options, "assets");
  if (request.expert.empty()) request.expert = text_of(options, "expert");
  if (request.expert.empty()) request.expert = text_of(notes, "dataset_expert");
  if (request.note) {
    request.note(fmt::format("run '{}' is deployed on its own system, {}{}", request.run, request.system,
                             request.expert.empty() ? "" : ", beside the expert " + request.expert));
  }
  return request;
}

/// A run and what it says of where it comes from.
struct OpenedRun {
  LoadedRun run;
  Texts notes;
  Origin origin;
};

OpenedRun open_run(const DeploymentRequest& request) {
  require_nothing_to_fit(request);
  LoadedRun run = load_run(request.run);
  Texts notes = run_provenance(run.folder);
  Origin origin = origin_of_run(run, notes);
  return {std::move(run), std::move(notes), std::move(origin)};
}

/// What the run brings, beside a plant that may be none.
Deployment with_run(Deployment plant, LoadedRun run) {
  plant.model = run.policy != nullptr ? load_model(run) : nullptr;
  plant.quantizer = std::move(run.quantizer);
  plant.policy = std::move(run.policy);
  plant.action_policy = std::move(run.action_policy);
  return plant;
}

Deployment deployed_run(const DeploymentRequest& request, OpenedRun opened) {
  const LoadedRun& run = opened.run;
  Deployment plant = make_plant(on_own_system(request, opened.origin, opened.notes));
  const SystemInfo& info = plant.system->info();
  const std::string who = "run '" + request.run + "'";
  const bool tokens = run.policy != nullptr;
  require_equal(tokens ? run.policy->info().observation_dim - memory_features_of(*run.quantizer).size()
                       : run.action_policy->info().observation_dim,
                info.observation_dim, "observation", who, info.spec);
  require_equal(tokens ? run.quantizer->info().action_dim : run.action_policy->info().action_dim, info.action_dim,
                "action", who, info.spec);
  note_differences(request, who, opened.origin, *plant.system);
  return with_run(std::move(plant), std::move(opened.run));
}

}  // namespace

Deployment make_plant(const DeploymentRequest& request) {
  if (request.system.empty()) throw UsageError("no system is named; give --system (`pianola systems` lists them)");
  Deployment plant;
  plant.system = make_system(request.system, {request.assets});
  if (!request.expert.empty() || !plant.system->info().default_expert.empty()) {
    plant.expert = make_expert(request.expert, plant.system);
  }
  if (request.note && plant.expert != nullptr) {
    const std::string problem = unstable_regulation(*plant.system, *plant.expert);
    if (!problem.empty()) request.note(problem);
  }
  return plant;
}

std::shared_ptr<const Quantizer> fit_to_dataset(const std::string& spec, std::size_t chunk, const ActionSource& actions,
                                                const DatasetInfo& info, const System* system, const NoiseKey& key,
                                                const AutoencoderTrainer* trainer,
                                                const ActionDeclaration& declaration) {
  const ActionRepresentation representation = represent(declaration, info);
  FitContext context;
  context.representation = &representation;
  context.action_dim = actions.action_dim();
  context.chunk = chunk;
  context.range = info.action_range;
  if (system != nullptr) {
    require_equal(info.action_dim, system->info().action_dim, "action", "dataset '" + info.path + "'",
                  system->info().spec);
    if (system->info().action_range.finite()) context.range = system->info().action_range;
  }
  context.data = &actions;
  context.key = key.child("fit");
  context.trainer = trainer;
  return make_quantizer(spec, context);
}

std::shared_ptr<const Quantizer> fit_quantizer(const DeploymentRequest& request, const Deployment& plant) {
  check_data(request, *plant.system);
  Demonstrations kept;
  return fit_sharing(request, plant, kept);
}

std::vector<Deployment> make_deployments(DeploymentRequest request, const std::vector<std::string>& quantizers) {
  if (!request.run.empty() && !quantizers.empty()) {
    throw UsageError("a run brings its own quantizer: give --run or --quantizer, not both");
  }
  if (!request.run.empty()) return {deployed_run(request, open_run(request))};
  const Deployment plant = make_plant(request);
  if (quantizers.empty()) return {plant};
  check_data(request, *plant.system);
  std::vector<Deployment> deployments;
  Demonstrations kept;
  for (const std::string& quantizer : quantizers) {
    request.quantizer = quantizer;
    deployments.push_back(plant);
    deployments.back().quantizer = fit_sharing(request, plant, kept);
  }
  return deployments;
}

Deployment make_deployment(const DeploymentRequest& request) {
  std::vector<std::string> quantizers;
  if (!request.quantizer.empty()) quantizers.push_back(request.quantizer);
  return make_deployments(request, quantizers).front();
}

Deployment make_deployment_of_run(const DeploymentRequest& request) {
  OpenedRun opened = open_run(request);
  if (request.system.empty() && opened.origin.system.empty()) return with_run({}, std::move(opened.run));
  return deployed_run(request, std::move(opened));
}

std::string default_controller(const Deployment& deployment) {
  if (deployment.policy != nullptr || deployment.action_policy != nullptr) return "feedback";
  return deployment.quantizer != nullptr ? "quantized" : "expert";
}

}  // namespace pianola
