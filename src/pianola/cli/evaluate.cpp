// pianola evaluate: closed-loop return and regret of controllers, paired with the expert under shared noise.
#include <CLI/CLI.hpp>

#include "pianola/cli/evaluation_page.hpp"
#include "pianola/cli/plant_options.hpp"
#include "pianola/cli/verbs.hpp"
#include "pianola/control/evaluate.hpp"

namespace pianola::cli {
namespace {

struct EvaluateOptions {
  DeploymentOptions deployment;
  std::size_t rollouts = 20;
  std::uint32_t horizon = 0;
  std::string report;
};

/// One deployment for each quantizer named, or one for the run, or the bare plant.
std::vector<Deployment> deployments_of(const DeploymentOptions& options, Session& session) {
  std::vector<Deployment> deployments;
  if (options.quantizers.empty()) return {make_deployment(request_of(options, "", session))};
  for (const std::string& quantizer : options.quantizers) {
    deployments.push_back(make_deployment(request_of(options, quantizer, session)));
  }
  return deployments;
}

EvaluatePlan plan_of(const EvaluateOptions& options, Session& session) {
  EvaluatePlan plan;
  plan.key = session.key();
  plan.rollouts = options.rollouts;
  plan.horizon = options.horizon;
  plan.progress = &session.progress();
  for (Deployment& deployment : deployments_of(options.deployment, session)) {
    auto controllers = options.deployment.controllers;
    if (controllers.empty()) controllers = {default_controller(deployment)};
    plan.deployment.system = deployment.system;
    plan.deployment.expert = deployment.expert;
    for (const std::string& controller : controllers) plan.candidates.push_back({deployment, controller});
  }
  return plan;
}

}  // namespace

void add_evaluate(CLI::App& app, Session& session) {
  auto options = std::make_shared<EvaluateOptions>();
  CLI::App* verb = app.add_subcommand("evaluate", "closed-loop return and regret of controllers, with intervals");
  add_deployment_options(*verb, options->deployment);
  verb->add_option("--rollouts", options->rollouts, "how many")->check(CLI::PositiveNumber)->capture_default_str();
  verb->add_option("--horizon", options->horizon, "steps (default: the system's)")->check(CLI::PositiveNumber);
  verb->add_option("--report", options->report, "write a page with the pictures")->type_name("PATH");
  verb->footer(
      "example:\n  pianola evaluate --system cart_pole --quantizer uniform:bins=17 "
      "--quantizer uniform:bins=17,representatives=ends --rollouts 100");
  verb->callback([options, &session] {
    session.begin();
    const Evaluation evaluation = evaluate(plan_of(*options, session));
    if (!options->report.empty()) evaluation_page(evaluation, session.command_line).write(options->report);
    session.print("evaluate", to_json(evaluation), evaluation_text(evaluation));
  });
}

}  // namespace pianola::cli
