// Demonstrations of a plant's own expert, in memory.
#pragma once

#include <cstddef>
#include <string>

#include "pianola/control/collect.hpp"
#include "pianola/control/deployment.hpp"

namespace pianola::test {

inline Deployment plant(const std::string& system, const std::string& expert = "") {
  DeploymentRequest request;
  request.system = system;
  request.expert = expert;
  return make_plant(request);
}

/// Actions and observations of so many trajectories.
inline Dataset demonstrations(const Deployment& plant, std::size_t count) {
  CollectPlan plan;
  plan.system = plant.system, plan.expert = plant.expert;
  plan.key = NoiseKey(11).child("demonstrations");
  plan.trajectories = count;
  Dataset data(collected_info(plan));
  collect(plan, [&](const Trajectory& trajectory) {
    Trajectory plain;
    plain.name = trajectory.name, plain.steps = trajectory.steps, plain.outcome = trajectory.outcome;
    plain.observations = trajectory.observations, plain.actions = trajectory.actions;
    data.append(plain);
  });
  return data;
}

}  // namespace pianola::test
