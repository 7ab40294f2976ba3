// Demonstrations of scalar plants and what augmentations are given: shared by their tests.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "control/toy_deployment.hpp"
#include "pianola/control/augmentation.hpp"
#include "pianola/control/collect.hpp"
#include "pianola/policies/learned_model.hpp"
#include "pianola/policies/linear_law.hpp"
#include "pianola/policies/mlp_policy.hpp"
#include "pianola/quantizers/registry.hpp"
#include "pianola/systems/registry.hpp"
#include "policies/toy_mlp.hpp"

namespace pianola::toys {

inline constexpr const char* kPlant = "scalar_linear:a=0.9,b=1,gain=0.5,horizon=12,noise=0.1";

/// A model of the plant's closed form: Δ = (a − 1)·x + u + bias, drawn with this deviation.
inline std::shared_ptr<const TransitionModel> plant_model(double bias = 0.0, double deviation = 1e-9,
                                                          double range = 100.0) {
  LearnedModelParts parts{"linear", 1, {}, {}, {-range}, {range}, {}};
  parts.members.push_back(make_linear_law({2, 1, {-0.1, 1.0}, {bias}, {deviation}}));
  return make_learned_model(std::move(parts));
}

/// Nine bins on [−2, 2], a policy that knows nothing, a model of the plant.
inline Deployment plant_deployment(const std::string& system = kPlant) {
  Deployment out;
  out.system = make_system(system);
  out.expert = make_expert("", out.system);
  FitContext context;
  context.action_dim = context.chunk = 1;
  context.range = {{-2.0}, {2.0}};
  out.quantizer = make_quantizer("uniform:bins=9", context);
  out.policy = std::make_shared<MlpPolicy>(toy_mlp::random_weights({1, 1, {8}, {9}, Activation::relu}));
  out.model = plant_model();
  return out;
}

inline Dataset demonstrations_on(const Deployment& plant, std::size_t trajectories, double sigma = 0.0,
                                 std::uint64_t seed = 5) {
  CollectPlan plan;
  plan.system = plant.system;
  plan.expert = plant.expert;
  plan.key = NoiseKey(seed);
  plan.trajectories = trajectories;
  plan.perturb_sigma = sigma;
  plan.clean = sigma > 0.0 ? 0.5 : 1.0;
  Dataset out(collected_info(plan));
  out.info().path = "demos.npz";
  collect(plan, [&](const Trajectory& t) { out.append(t); });
  return out;
}

inline AugmentedDataset augmented(const std::string& spec, const Dataset& demonstrations,
                                  const Deployment& deployment) {
  return augment(spec, {&demonstrations, deployment, NoiseKey(3)});
}

/// q(u) of one action.
inline double quantized(const Deployment& deployment, double action) {
  double out = 0.0;
  deployment.quantizer->quantize(std::span(&action, 1), {}, std::span(&out, 1));
  return out;
}

}  // namespace pianola::toys
