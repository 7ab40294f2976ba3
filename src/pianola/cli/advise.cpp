// pianola advise: which quantizer, representatives, resolution and deployment for these data and this plant, with the
// reasons as numbers.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <filesystem>

#include "pianola/audits/advisor.hpp"
#include "pianola/base/error.hpp"
#include "pianola/cli/advise_page.hpp"
#include "pianola/cli/learned_encoders.hpp"
#include "pianola/cli/options.hpp"
#include "pianola/cli/overwrite.hpp"
#include "pianola/cli/plant_options.hpp"
#include "pianola/cli/result_folder.hpp"
#include "pianola/cli/verbs.hpp"
#include "pianola/control/origin.hpp"
#include "pianola/policies/run_provenance.hpp"

namespace pianola::cli {
namespace {

struct AdviseOptions {
  PlantOptions plant;
  std::string data, report, out;
  std::vector<std::string> runs, quantizers, controllers;
  ReadOptions read;
  std::size_t rollouts = 200;
  std::uint32_t horizon = 0;
  double tolerance = 0.05, most_bits = 0.0, budget = 0.0;
};

/// The plant that is named, or the one that the dataset says it was recorded on.
DeploymentRequest plant_request(const AdviseOptions& options, const Dataset& data, Session& session) {
  DeploymentRequest request;
  request.system = options.plant.system, request.expert = options.plant.expert, request.assets = options.plant.assets;
  request.key = session.key();
  request.note = [&session](const std::string& note) { session.say("note: " + note); };
  if (!request.system.empty()) return request;
  const auto& attributes = data.info().attributes;
  request.system = origin_of(attributes).system;
  if (request.system.empty()) {
    throw UsageError("advise: the dataset '" + options.data +
                     "' names no system that it was recorded on; name the plant (--system SPEC)");
  }
  const auto expert = attributes.find("expert");
  if (request.expert.empty() && expert != attributes.end()) request.expert = expert->second;
  request.note("on the system that the dataset was recorded on, " + request.system +
               (request.expert.empty() ? "" : ", beside the expert " + request.expert));
  return request;
}

LearnerRequest learner_of(const std::string& run, DeploymentRequest request, const AdviseOptions& options) {
  request.run = run;
  LearnerRequest learner;
  learner.name = run;
  learner.deployment = make_deployment(request);
  learner.controllers = options.controllers;
  if (learner.controllers.empty() && learner.deployment.action_policy != nullptr) learner.controllers = {"feedback"};
  if (learner.controllers.empty()) {
    learner.controllers = {"feedback:decode=sample", "feedback:decode=argmax", "feedback:decode=mean"};
  }
  const auto provenance = run_provenance(run);
  if (const auto n = provenance.find("dataset_trajectories"); n != provenance.end()) {
    learner.trajectories = parse_number<std::size_t>("dataset_trajectories", n->second);
  }
  const auto perturbed = provenance.find("dataset_perturb");
  learner.noise_injected = perturbed != provenance.end() && !perturbed->second.empty();
  return learner;
}

/// A folder for trained runs: in --out, else one that goes when this does.
class WorkFolder {
 public:
  explicit WorkFolder(const std::string& out) : kept_(!out.empty()) {
    path_ = kept_ ? std::filesystem::path(out) / "runs"
                  : std::filesystem::temp_directory_path() / ("pianola-advise-" + std::to_string(getpid()));
  }
  ~WorkFolder() {
    std::error_code ignored;
    if (!kept_) std::filesystem::remove_all(path_, ignored);
  }
  WorkFolder(const WorkFolder&) = delete;
  WorkFolder& operator=(const WorkFolder&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  bool kept_;
  std::filesystem::path path_;
};

AdvicePlan plan_of(const AdviseOptions& options, const DeploymentRequest& request, const Dataset& data,
                   Session& session) {
  AdvicePlan plan;
  DeploymentRequest plant = request;
  plant.note = {};  // what would be a note is an error of advise()
  plan.plant = make_plant(plant);
  plan.data = &data;
  plan.key = session.key();
  plan.seed = session.seed;
  plan.rollouts = options.rollouts, plan.horizon = options.horizon, plan.tolerance = options.tolerance;
  if (options.most_bits > 0.0) plan.most_bits = options.most_bits;
  plan.given = options.quantizers;
  plan.budget_minutes = options.budget;
  for (const std::string& run : options.runs) plan.learners.push_back(learner_of(run, request, options));
  plan.trainer = autoencoder_trainer();
  plan.progress = &session.progress();
  return plan;
}

void run_advise(const AdviseOptions& options, Session& session) {
  session.begin();
  require_other_file("--report", options.report, {options.data});
  require_writable("--report", options.report);
  require_writable_folder("--out", options.out);
  if (options.data.empty()) throw UsageError("advise: name the demonstrations: pianola advise DATASET --system SPEC");
  ReadOptions read = options.read;
  read.learning_only = true;
  const auto reader = open_dataset(options.data, read);
  const Dataset data = read_all(*reader);
  const WorkFolder work(options.out);
  const DeploymentRequest request = plant_request(options, data, session);
  AdvicePlan plan = plan_of(options, request, data, session);
  plan.work = work.path();
  note_origin(session, options.data, data.info(), *plan.plant.system);
  AdvisedCase advised;
  advised.advice = advise(plan);
  advised.dataset = options.data;
  advised.system = plan.plant.system->info().spec, advised.expert = plan.plant.expert->info().spec;
  const Json fields = advice_json(advised);
  const Page page = advice_page(advised, session.command_line);
  if (!options.out.empty()) {
    const ResultFolder folder(options.out);
    folder.write("advice.json", fields);
    page.write(folder.path() / "report.html");
  }
  session.print("advise", fields, advice_text(advised));
  if (!options.report.empty()) page.write(options.report);
}

}  // namespace

void add_advise(CLI::App& app, Session& session) {
  auto options = std::make_shared<AdviseOptions>();
  CLI::App* verb =
      app.add_subcommand("advise", "which quantizer, resolution and deployment for this data and system, and why");
  add_dataset(*verb, options->data);
  add_plant_options(*verb, options->plant, false);
  add_reading(*verb, options->read);
  add_number(*verb, "--rollouts", options->rollouts, "how many at most, of the expert and of all candidates together",
             {.least = kLeastAdviceRollouts});
  add_number(*verb, "--horizon", options->horizon, "steps (default: the system's)", {.least = 1});
  add_number(*verb, "--tolerance", options->tolerance, "regret to put up with, as a fraction of H × reward range");
  add_number(*verb, "--most-bits", options->most_bits, "of an action that any candidate may have (default: no limit)",
             {.least = 0.1});
  add_texts(*verb, "--quantizer", options->quantizers, "one to try beside the advisor's own (repeatable)", kSpec);
  add_texts(*verb, "--run", options->runs, "a trained policy to look at (repeatable)", kFolder);
  add_texts(*verb, "--controller", options->controllers,
            "how runs are played (repeatable; default: feedback, decoding by sample, argmax and mean)", kSpec);
  add_number(*verb, "--budget", options->budget, "minutes of training on half of the data, all of them, and noise",
             {.least = 0.0});
  add_text(*verb, "--report", options->report, "write a page with the pictures", kPath);
  add_text(*verb, "-o,--out", options->out, "write advice.json, report.html and what was trained", kFolder);
  verb->footer(
      "example:\n  pianola collect --system cart_pole --trajectories 20 -o demos.hdf5\n"
      "  pianola advise demos.hdf5 --system cart_pole --rollouts 200 --report advice.html");
  verb->callback([options, &session] { run_advise(*options, session); });
}

}  // namespace pianola::cli
