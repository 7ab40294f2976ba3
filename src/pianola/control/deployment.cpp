#include "pianola/control/deployment.hpp"

#include <fmt/format.h>

#include "pianola/control/collect.hpp"
#include "pianola/data/formats.hpp"
#include "pianola/policies/run_folder.hpp"
#include "pianola/quantizers/registry.hpp"
#include "pianola/systems/registry.hpp"

namespace pianola {
namespace {

/// Expert demonstrations, collected when the first scheme asks for them.
class LazyDemonstrations final : public ActionSource {
 public:
  LazyDemonstrations(const DeploymentRequest& request, const Deployment& plant) : request_(request), plant_(plant) {}

  [[nodiscard]] std::size_t action_dim() const override { return plant_.system->info().action_dim; }

  void for_each(const std::function<void(std::span<const double>)>& visit) const override {
    if (plant_.expert == nullptr) {
      throw UsageError(
          fmt::format("quantizer '{}' is fitted to actions, and system '{}' has no expert; give --data or --expert",
                      request_.quantizer, request_.system));
    }
    CollectPlan plan;
    plan.system = plant_.system;
    plan.expert = plant_.expert;
    plan.key = request_.key.child("fit");
    plan.trajectories = request_.trajectories;
    plan.progress = request_.progress;
    collect(plan, [&](const Trajectory& trajectory) { visit(trajectory.actions); });
  }

 private:
  const DeploymentRequest& request_;
  const Deployment& plant_;
};

void require_equal(std::size_t got, std::size_t wanted, const char* what, const std::string& who,
                   const std::string& system) {
  if (got != wanted) {
    throw UsageError(fmt::format("{} has {} {} dimensions, system '{}' has {}; use the system it was made for", who,
                                 got, what, system, wanted));
  }
}

}  // namespace

Deployment make_plant(const DeploymentRequest& request) {
  Deployment plant;
  plant.system = make_system(request.system, {request.assets});
  if (!request.expert.empty() || !plant.system->info().default_expert.empty()) {
    plant.expert = make_expert(request.expert, plant.system);
  }
  return plant;
}

std::shared_ptr<const Quantizer> fit_to_dataset(const std::string& spec, std::size_t chunk, const ActionSource& actions,
                                                const DatasetInfo& info, const System* system, const NoiseKey& key) {
  FitContext context;
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
  return make_quantizer(spec, context);
}

std::shared_ptr<const Quantizer> fit_quantizer(const DeploymentRequest& request, const Deployment& plant) {
  if (!request.data.empty()) {
    // Observations that are bad or absent are no obstacle, unless fields are named: those are to exist.
    const auto reader = open_dataset(request.data, {request.observation, request.observation.empty()});
    return fit_to_dataset(request.quantizer, request.chunk, *action_source(*reader), reader->info(), plant.system.get(),
                          request.key);
  }
  DatasetInfo none;
  none.action_dim = plant.system->info().action_dim;
  return fit_to_dataset(request.quantizer, request.chunk, LazyDemonstrations(request, plant), none, plant.system.get(),
                        request.key);
}

Deployment make_deployment(const DeploymentRequest& request) {
  Deployment deployment = make_plant(request);
  const SystemInfo& info = deployment.system->info();
  if (!request.run.empty() && !request.quantizer.empty()) {
    throw UsageError("a run brings its own quantizer: give --run or --quantizer, not both");
  }
  if (!request.run.empty()) {
    LoadedRun run = load_run(request.run);
    require_equal(run.policy->info().observation_dim, info.observation_dim, "observation", "run '" + request.run + "'",
                  info.spec);
    require_equal(run.quantizer->info().action_dim, info.action_dim, "action", "run '" + request.run + "'", info.spec);
    deployment.quantizer = std::move(run.quantizer);
    deployment.policy = std::move(run.policy);
  } else if (!request.quantizer.empty()) {
    deployment.quantizer = fit_quantizer(request, deployment);
  }
  return deployment;
}

std::string default_controller(const Deployment& deployment) {
  if (deployment.policy != nullptr) return "feedback";
  return deployment.quantizer != nullptr ? "quantized" : "expert";
}

}  // namespace pianola
