// pianola evaluate: closed-loop return and regret of controllers, paired with the expert under shared noise.
#include <CLI/CLI.hpp>

#include "pianola/base/error.hpp"
#include "pianola/cli/evaluation_page.hpp"
#include "pianola/cli/options.hpp"
#include "pianola/cli/overwrite.hpp"
#include "pianola/cli/plant_options.hpp"
#include "pianola/cli/source_entropy.hpp"
#include "pianola/cli/verbs.hpp"
#include "pianola/control/evaluate.hpp"

namespace pianola::cli {
namespace {

struct EvaluateOptions {
  DeploymentOptions deployment;
  std::size_t rollouts = 20;
  std::uint32_t horizon = 0;
  bool allow_unstable = false;
  std::string report;
};

EvaluatePlan plan_of(const EvaluateOptions& options, Session& session, std::vector<std::string>& notes) {
  EvaluatePlan plan;
  plan.key = session.key();
  plan.rollouts = options.rollouts;
  plan.horizon = options.horizon;
  plan.progress = &session.progress();
  DeploymentRequest request = request_of(options.deployment, "", session);
  const auto say = request.note;
  request.note = [&notes](const std::string& note) { notes.push_back(note); };
  const std::vector<Deployment> deployments = make_deployments(request, options.deployment.quantizers);
  // A regret against an expert that loses the plant itself says nothing of tokens.
  require_stabilising("evaluate", deployments.front(), options.allow_unstable);
  for (const std::string& note : notes) say(note);
  for (const Deployment& deployment : deployments) {
    auto controllers = options.deployment.controllers;
    if (controllers.empty()) controllers = {default_controller(deployment)};
    plan.deployment.system = deployment.system;
    plan.deployment.expert = deployment.expert;
    for (const std::string& controller : controllers) plan.candidates.push_back({deployment, controller});
  }
  return plan;
}

/// Other verbs write what -o names; who tries it here learns what there is instead. Not shown in --help.
void refuse_out(CLI::App& verb) {
  const auto refuse = [](const std::string& path) {
    throw UsageError("evaluate has no -o: --report " + path + " writes a page, and --json prints the numbers");
  };
  verb.add_option_function<std::string>("-o", refuse)->type_name(kPath)->group("");
}

}  // namespace

void add_evaluate(CLI::App& app, Session& session) {
  auto options = std::make_shared<EvaluateOptions>();
  CLI::App* verb = app.add_subcommand("evaluate", "closed-loop return and regret of controllers, with intervals");
  add_deployment_options(*verb, options->deployment);
  add_number(*verb, "--rollouts", options->rollouts, "how many", {.least = 1});
  add_number(*verb, "--horizon", options->horizon, "steps (default: the system's)", {.least = 1});
  add_text(*verb, "--report", options->report, "write a page with the pictures", kPath);
  add_allow_unstable(*verb, options->allow_unstable);
  refuse_out(*verb);
  verb->footer(
      "example:\n  pianola evaluate --system cart_pole --quantizer uniform:bins=17 "
      "--quantizer uniform:bins=17,representatives=ends --rollouts 100");
  verb->callback([options, &session] {
    session.begin();
    require_writable("--report", options->report);
    std::vector<std::string> notes;
    const EvaluatePlan plan = plan_of(*options, session, notes);
    const Evaluation evaluation = evaluate(plan);
    Json fields = to_json(evaluation);
    fields["notes"] = notes;
    const auto entropy = source_entropy(plan.deployment.system.get());
    add_source_entropy(entropy, fields);
    session.print("evaluate", fields, evaluation_text(evaluation) + source_entropy_text(entropy));
    // Last: a page that cannot be written does not take the numbers with it.
    if (!options->report.empty()) evaluation_page(evaluation, session.command_line).write(options->report);
  });
}

}  // namespace pianola::cli
