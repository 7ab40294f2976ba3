// pianola audit: is this closed loop safe, and why? Of a plant with its expert and what is deployed; or of a dataset
// alone, which can say less.
#include <CLI/CLI.hpp>
#include <map>

#include "pianola/audits/witness.hpp"
#include "pianola/base/error.hpp"
#include "pianola/base/json.hpp"
#include "pianola/cli/audit_page.hpp"
#include "pianola/cli/data_audit.hpp"
#include "pianola/cli/options.hpp"
#include "pianola/cli/overwrite.hpp"
#include "pianola/cli/plant_options.hpp"
#include "pianola/cli/result_folder.hpp"
#include "pianola/cli/verbs.hpp"

namespace pianola::cli {
namespace {

struct AuditOptions {
  DeploymentOptions deployment;
  std::size_t rollouts = 100, perturbations = 200;
  std::uint32_t horizon = 0;
  double tolerance = 0.05;
  std::string magnitudes, report, out, replay;
  bool strict = false;
};

/// What an audit is of one of.
const std::string& only(const char* option, const std::vector<std::string>& values) {
  static const std::string none;
  if (values.size() > 1) {
    throw UsageError(std::string("audit looks at one controller with one quantizer: give ") + option +
                     " once (pianola evaluate compares several)");
  }
  return values.empty() ? none : values.front();
}

/// Of the policy that a run deploys.
const std::string& policy_spec(const Deployment& deployment) {
  return deployment.policy ? deployment.policy->info().spec : deployment.action_policy->info().spec;
}

AuditedLoop audit_loop(const AuditOptions& options, const DeploymentRequest& request, Session& session) {
  AuditedLoop audited;
  AuditPlan plan;
  plan.deployment = make_deployment(request);
  plan.controller = only("--controller", options.deployment.controllers);
  if (plan.controller.empty()) plan.controller = default_controller(plan.deployment);
  plan.controller = make_controller(plan.controller, plan.deployment)->spec();
  plan.key = session.key();
  plan.rollouts = options.rollouts;
  plan.perturbations = options.perturbations;
  plan.horizon = options.horizon;
  for (const std::string& magnitude : names_of(options.magnitudes)) {
    plan.magnitudes.push_back(parse_number<double>("--magnitudes", magnitude));
  }
  plan.tolerance = options.tolerance;
  if (!request.run.empty()) plan.candidates = load_candidates(request.run, policy_spec(plan.deployment));
  plan.progress = &session.progress();
  audited.plan = checked_plan(plan);
  audited.result = run_audits(audited.plan);
  audited.verdict = judge(audited.plan, audited.result.findings);
  return audited;
}

Json fields_of(const AuditedLoop& audited, const DeploymentRequest& request) {
  const Deployment& deployment = audited.plan.deployment;
  Json fields = {{"system", deployment.system->info().spec},
                 {"expert", deployment.expert->info().spec},
                 {"quantizer", deployment.quantizer ? Json(deployment.quantizer->info().spec) : Json(nullptr)},
                 {"controller", audited.plan.controller},
                 {"horizon", audited.plan.horizon},
                 {"rollouts", audited.plan.rollouts},
                 {"perturbations", audited.plan.perturbations}};
  fields.update(section_fields(audited.result.sections));
  Json witnesses = Json::array(), notes = audited.notes;
  for (const AuditSection& section : audited.result.sections) {
    for (const Witness& witness : section.witnesses) {
      witnesses.push_back(pianola::to_json(witness, audited.plan, request));
    }
  }
  for (const std::string& note : section_notes(audited.result.sections)) notes.push_back(note);
  fields["tolerance"] = audited.plan.tolerance;
  put_number(fields, "tolerated_regret", audited.verdict.threshold);
  fields["verdict"] = to_text(audited.verdict.safety);
  fields["reasons"] = audited.verdict.reasons;
  fields["witnesses"] = witnesses;
  fields["notes"] = notes;
  return fields;
}

/// FOLDER/audit.json, report.html and a file for each witness.
void write_folder(AuditedLoop& audited, const Json& fields, const std::string& folder, Session& session) {
  const ResultFolder out(folder);
  std::map<std::string, std::size_t> seen;
  for (const Json& witness : fields["witnesses"]) {
    const auto audit = witness["audit"].get<std::string>();
    const std::size_t number = ++seen[audit];
    const auto path = out.write(audit + (number > 1 ? "_" + std::to_string(number) : "") + ".witness.json", witness);
    audited.witness_files.emplace_back(witness["claim"].get<std::string>(), "pianola audit --replay " + path.string());
  }
  out.write("audit.json", fields);
  audit_page(audited, session.command_line).write(out.path() / "report.html");
}

void replay(const AuditOptions& options, Session& session) {
  const ReplayedWitness witness = replay_witness(options.replay);
  session.check_failed = !witness.reproduced();
  std::string text = witness.claim + "\n";
  for (const auto& [name, value] : witness.measured.items()) {
    text += "  " + name + ": " + value.dump() + " (recorded: " + witness.recorded.value(name, Json()).dump() + ")\n";
  }
  text += witness.reproduced() ? "reproduced, bit for bit\n" : "NOT reproduced\n";
  session.print("audit",
                {{"audit", witness.audit},
                 {"claim", witness.claim},
                 {"measured", witness.measured},
                 {"recorded", witness.recorded},
                 {"reproduced", witness.reproduced()}},
                text);
}

void run_audit(const AuditOptions& options, Session& session) {
  session.begin();
  if (!options.replay.empty()) return replay(options, session);
  const bool plant_known = !options.deployment.plant.system.empty();
  if (!plant_known && options.deployment.data.empty() && options.deployment.run.empty()) {
    throw UsageError(
        "audit: name the plant (--system SPEC), a run, which knows its own (--run RUN), or a dataset to audit alone "
        "(pianola audit DATASET)");
  }
  if (!plant_known && !options.deployment.data.empty()) {
    session.check_failed = options.strict;  // recordings alone show no loop to be safe
    return audit_dataset_alone(options.deployment, {options.report, options.out}, session);
  }
  require_writable("--report", options.report);
  require_writable_folder("--out", options.out);
  std::vector<std::string> notes;
  DeploymentRequest request =
      request_of(options.deployment, only("--quantizer", options.deployment.quantizers), session);
  request.note = [&notes, say = request.note](const std::string& note) {
    notes.push_back(note);
    say(note);
  };
  AuditedLoop audited = audit_loop(options, request, session);
  audited.notes = notes;
  const Json fields = fields_of(audited, request);
  if (!options.out.empty()) write_folder(audited, fields, options.out, session);
  session.check_failed = options.strict && audited.verdict.safety != Safety::safe;
  session.print("audit", fields, audit_text(audited));
  if (!options.report.empty()) audit_page(audited, session.command_line).write(options.report);
}

}  // namespace

void add_audit(CLI::App& app, Session& session) {
  auto options = std::make_shared<AuditOptions>();
  CLI::App* verb = app.add_subcommand("audit", "is this closed loop safe, and why: verdict with witnesses");
  add_dataset(*verb, options->deployment.data);
  add_plant_options(*verb, options->deployment.plant, false);
  add_controller_options(*verb, options->deployment);
  add_number(*verb, "--rollouts", options->rollouts, "how many are measured", {.least = 2});
  add_number(*verb, "--perturbations", options->perturbations,
             "trajectories of the expert around which actions are perturbed", {.least = 40});
  add_text(*verb, "--magnitudes", options->magnitudes,
           "sizes of perturbations, action units, as 0.1,0.01 (default: from the quantization error)", kNumber);
  add_number(*verb, "--horizon", options->horizon, "steps (default: the system's)", {.least = 1});
  add_number(*verb, "--tolerance", options->tolerance, "largest regret called safe, as a fraction of H × reward range");
  verb->add_flag("--strict", options->strict, "exit 1 unless the verdict is safe");
  add_text(*verb, "--report", options->report, "write a page with the pictures", kPath);
  add_text(*verb, "-o,--out", options->out, "write audit.json, report.html and the witnesses", kFolder);
  add_text(*verb, "--replay", options->replay, "play a witness again; exit 1 if its numbers differ", kPath);
  verb->footer(
      "example:\n  pianola audit demos.hdf5 --run runs/first\n  pianola audit --system scalar_linear:a=0.9,b=1 "
      "--quantizer uniform:bins=33 -o audited\n"
      "  pianola audit --replay audited/decomposition.witness.json");
  verb->callback([options, &session] { run_audit(*options, session); });
}

}  // namespace pianola::cli
