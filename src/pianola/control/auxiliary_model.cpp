#include "pianola/control/auxiliary_model.hpp"

#include <fmt/format.h>

#include <vector>

#include "pianola/base/error.hpp"
#include "pianola/control/requirements.hpp"
#include "pianola/policies/exact_model.hpp"

namespace pianola {
namespace {

const std::vector<std::string> kModels{"auto", "learned", "exact"}, kSteps{"sample", "mode"};

std::shared_ptr<const TransitionModel> learned_model(const std::string& who, const AuxiliaryModelConfig& config,
                                                     const Deployment& deployment) {
  const std::shared_ptr<const TransitionModel>& model = deployment.model;
  if (deployment.system && model->info().observation_dim != deployment.system->info().observation_dim) {
    throw UsageError(
        fmt::format("{}: the transition model '{}' is of {} observations, but the system '{}' has {}; "
                    "deploy it on the system of its demonstrations",
                    who, model->info().spec, model->info().observation_dim, deployment.system->info().spec,
                    deployment.system->info().observation_dim));
  }
  if (config.next == "sample") return model;
  if (auto mode = model->most_likely()) return mode;
  throw UsageError(
      fmt::format("{}: the transition model '{}' has no mode to step to; use next=sample", who, model->info().spec));
}

}  // namespace

std::shared_ptr<const TransitionModel> auxiliary_model(const std::string& who, const AuxiliaryModelConfig& config,
                                                       const Deployment& deployment) {
  require_known(who, "model", config.model, kModels);
  require_known(who, "next", config.next, kSteps);
  if (deployment.model && config.model != "exact") return learned_model(who, config, deployment);
  if (config.model == "learned") {
    throw UsageError(who + ": there is no learned model; deploy a run that was trained with one (--with-model)");
  }
  if (config.next != "sample") {
    throw UsageError(who + ": next=mode is for learned models; the exact one draws nothing but the plant's own noise");
  }
  require_expert(who, deployment);
  if (!deployment.system) {
    throw UsageError(who +
                     ": needs a transition model; deploy a run that was trained with one (--with-model), or name "
                     "the system and its expert, which are the exact one");
  }
  if (config.tries < 1 || config.tries > 1'000'000) {
    throw UsageError(fmt::format("{}: tries must be from 1 to 1000000, but is {}", who, config.tries));
  }
  return make_exact_model(
      {deployment.system, deployment.expert, deployment.quantizer, static_cast<std::uint32_t>(config.tries)});
}

}  // namespace pianola
