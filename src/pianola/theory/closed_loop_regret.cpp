#include "pianola/theory/closed_loop_regret.hpp"

#include <algorithm>
#include <cmath>

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

double misses_by(const Estimate& estimate, double number) {
  const double apart = std::abs(estimate.value - number);
  return apart == 0.0 ? 0.0 : apart / std::max(0.5 * (estimate.high - estimate.low), 1e-300);
}

}  // namespace pianola
