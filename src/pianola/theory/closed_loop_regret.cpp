#include "pianola/theory/closed_loop_regret.hpp"

#include "pianola/control/evaluate.hpp"
#include "pianola/experts/expert.hpp"
#include "pianola/systems/registry.hpp"

namespace pianola {

Estimate closed_loop_regret(const ClosedLoopRun& run) {
  EvaluatePlan plan;
  plan.deployment.system = make_system(run.system);
  plan.deployment.expert = make_expert("", plan.deployment.system);
  plan.deployment.quantizer = run.quantizer;
  plan.controllers = {run.controller};
  plan.key = run.key;
  plan.rollouts = run.rollouts;
  plan.horizon = run.horizon;
  return evaluate(plan).controllers.front().regret_per_step;
}

}  // namespace pianola
