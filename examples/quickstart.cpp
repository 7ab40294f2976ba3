// How far does a quantized expert drift? Fit 33 bins to an expert's actions, play them in closed loop, measure.
#include <iostream>

#include "pianola/control/deployment.hpp"
#include "pianola/control/evaluate.hpp"

int main() {
  pianola::DeploymentRequest request;
  request.system = "scalar_linear:a=0.9,b=1";
  request.quantizer = "uniform:bins=33";

  pianola::EvaluatePlan plan;
  plan.deployment = pianola::make_deployment(request);
  plan.controllers = {"quantized"};
  plan.rollouts = 200;

  const pianola::Evaluation evaluation = pianola::evaluate(plan);
  const pianola::Estimate regret = evaluation.controllers.front().regret;
  std::cout << "regret over " << evaluation.horizon << " steps: " << regret.value << " [" << regret.low << ", "
            << regret.high << "], epsilon_sup " << plan.deployment.quantizer->info().epsilon_sup << '\n';
}
