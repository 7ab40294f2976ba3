// pianola demo: collect → quantize → replay → train → evaluate → report, on the embedded cart-pole. Two learners: of
// clean demonstrations, and of as many perturbed ones.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <array>
#include <filesystem>

#include "pianola/base/error.hpp"
#include "pianola/base/file.hpp"
#include "pianola/base/json.hpp"
#include "pianola/cli/demo_page.hpp"
#include "pianola/cli/options.hpp"
#include "pianola/cli/result_folder.hpp"
#include "pianola/cli/session.hpp"
#include "pianola/cli/training_page.hpp"
#include "pianola/cli/verbs.hpp"
#include "pianola/control/deployment.hpp"
#include "pianola/policies/run_folder.hpp"
#include "pianola/quantizers/compare.hpp"

namespace pianola::cli {
namespace {

constexpr const char* kSystem = "cart_pole";
constexpr const char* kMarker = ".pianola-demo";  // what a demo wrote, the next demo may replace
constexpr std::array kBins = {3, 5, 9, 17, 33, 65};
constexpr std::array kRepresentatives = {"centre", "ends"};
constexpr std::array kDecodings = {"sample", "argmax", "mean"};  // the first is what `feedback` does by default
constexpr std::size_t kTrajectories = 50;
constexpr int kLearnedBins = 17;

struct DemoOptions {
  std::string out = "pianola-demo";
  std::size_t rollouts = 100;
  int steps = 6000;
};

std::string quantizer_spec(int bins, const std::string& representatives) {
  return fmt::format("uniform:bins={},representatives={}", bins, representatives);
}

DemoStage timed(const char* name, Session& session, const std::function<void()>& work) {
  const double start = session.seconds();
  work();
  return {name, session.seconds() - start};
}

/// An empty folder, or one that an earlier demo wrote, whose results are removed.
void prepare_folder(const std::filesystem::path& out) {
  if (std::filesystem::exists(out) && !std::filesystem::is_empty(out) && !std::filesystem::exists(out / kMarker)) {
    throw UsageError("'" + out.string() + "' exists and no demo wrote it; name another folder with -o");
  }
  for (const char* part : {"clean.hdf5", "perturbed.hdf5", "runs", "report.html"})
    std::filesystem::remove_all(out / part);
  write_file(ResultFolder(out).path() / kMarker, "");
}

/// Fits to the clean demonstrations.
void quantize_demonstrations(const Deployment& plant, Session& session, DemoStory& story) {
  const Dataset& data = story.learners.front().demonstrations;
  const auto actions = action_source(data);
  const MeasureOptions untimed{.token_errors = 0, .timing_seconds = 0.0, .entropy_interval = false};
  for (const int bins : kBins) {
    for (const char* representatives : kRepresentatives) {
      auto quantizer = fit_to_dataset(quantizer_spec(bins, representatives), 1, *actions, data.info(),
                                      plant.system.get(), session.key());
      story.replays.push_back(
          {bins, representatives, quantizer, measure_quantizer(*quantizer, *actions, session.key(), untimed), 0});
    }
  }
}

EvaluatePlan plan_of(const DemoOptions& options, const Deployment& plant, Session& session) {
  EvaluatePlan plan;
  plan.deployment = plant;
  plan.key = session.key().child("evaluation");
  plan.rollouts = options.rollouts;
  plan.progress = &session.progress();
  return plan;
}

void replay(const DemoOptions& options, const Deployment& plant, Session& session, DemoStory& story) {
  EvaluatePlan plan = plan_of(options, plant, session);
  for (DemoReplay& row : story.replays) {
    row.controller = plan.candidates.size();
    Deployment deployment = plant;
    deployment.quantizer = row.quantizer;
    plan.candidates.push_back({deployment, "quantized"});
  }
  story.replayed = evaluate(plan);
}

void train_policies(const DemoOptions& options, const Deployment& plant, Session& session, DemoStory& story) {
  story.learned_bins = kLearnedBins;
  DemoTraining training;
  training.quantizer = quantizer_spec(kLearnedBins, "ends");
  training.policy = "mlp:hidden=128x2";
  training.steps = options.steps;
  training.seed = session.seed;
  train_learners(story.learners, training, plant, session.progress());
  for (const DemoLearner& learner : story.learners) {
    training_page(learner.training, session.command_line).write(learner.run / "report.html");
  }
}

void deploy(const DemoOptions& options, const Deployment& plant, Session& session, DemoStory& story) {
  EvaluatePlan plan = plan_of(options, plant, session);
  for (DemoLearner& learner : story.learners) {
    const LoadedRun run = load_run(learner.run);
    Deployment deployment = plant;
    deployment.quantizer = run.quantizer;
    if (plan.candidates.empty()) plan.candidates.push_back({deployment, "quantized"});
    deployment.policy = run.policy;
    learner.controller = plan.candidates.size();
    for (const char* decoding : kDecodings) {
      plan.candidates.push_back({deployment, fmt::format("feedback:decode={}", decoding)});
    }
  }
  story.learned = evaluate(plan);
}

Json to_json(const DemoLearner& learner) {
  const auto& held_out = learner.training.validation_nll;
  return {{"demonstrations", learner.name},
          {"sigma", learner.sigma},
          {"perturbed_fraction", 1.0 - learner.clean_share},
          {"dataset", learner.data.string()},
          {"run", learner.run.string()},
          {"trajectories", learner.collected.trajectories},
          {"return", pianola::to_json(learner.collected.total_return)},
          {"train_nll", learner.training.train_nll ? Json(*learner.training.train_nll) : Json(nullptr)},
          {"validation_nll", held_out ? Json(*held_out) : Json(nullptr)}};
}

/// All controllers in the rows of `evaluate`, and which demonstrations their policy saw: null for the expert's own.
Json controllers_of(const DemoStory& story) {
  Json rows = pianola::to_json(story.replayed)["controllers"];
  const Json learned = pianola::to_json(story.learned);
  for (const Json& row : learned["controllers"]) rows.push_back(row);
  for (Json& row : rows) row["demonstrations"] = nullptr;
  for (const DemoLearner& learner : story.learners) {
    for (std::size_t i = 0; i < kDecodings.size(); ++i) {
      rows[story.replayed.controllers.size() + learner.controller + i]["demonstrations"] = learner.name;
    }
  }
  return rows;
}

Json to_json(const DemoStory& story, const std::filesystem::path& report) {
  Json stages = Json::array(), learners = Json::array();
  for (const DemoStage& stage : story.stages) stages.push_back({{"name", stage.name}, {"seconds", stage.seconds}});
  for (const DemoLearner& learner : story.learners) learners.push_back(to_json(learner));
  return {
      {"report", report.string()}, {"stages", stages}, {"controllers", controllers_of(story)}, {"learners", learners}};
}

void run_demo(const DemoOptions& options, Session& session) {
  session.begin();
  const std::filesystem::path out(options.out), report = out / "report.html";
  prepare_folder(out);
  DeploymentRequest request;
  request.system = kSystem;
  const Deployment plant = make_plant(request);
  DemoStory story;
  story.command_line = session.command_line;
  story.learners = demo_learners(out);
  const auto stage = [&](const char* name, const std::function<void()>& work) {
    story.stages.push_back(timed(name, session, work));
    session.say(fmt::format("{:<9} {:5.1f} s", name, story.stages.back().seconds));
  };
  stage("collect", [&] {
    for (DemoLearner& learner : story.learners) {
      collect_demonstrations(learner, plant, kTrajectories, session.key().child("demonstrations"), session.progress());
    }
  });
  stage("quantize", [&] { quantize_demonstrations(plant, session, story); });
  stage("replay", [&] { replay(options, plant, session, story); });
  stage("train", [&] { train_policies(options, plant, session, story); });
  stage("evaluate", [&] { deploy(options, plant, session, story); });
  stage("report", [&] { demo_page(story).write(report); });
  const std::string place = std::filesystem::absolute(report).lexically_normal().string();
  session.print("demo", to_json(story, report),
                demo_text(story) + "\n" + demo_summary(story) + "report: " + place + "\n");
}

}  // namespace

void add_demo(CLI::App& app, Session& session) {
  auto options = std::make_shared<DemoOptions>();
  CLI::App* verb = app.add_subcommand("demo", "the whole story on an embedded system, ends by naming the report");
  add_text(*verb, "-o,--out", options->out, "folder for datasets, runs and report.html", kFolder);
  add_number(*verb, "--rollouts", options->rollouts, "per controller", {.least = 1});
  add_number(*verb, "--steps", options->steps, "of each training", {.least = 1});
  verb->footer("example:\n  pianola demo");
  verb->callback([options, &session] { run_demo(*options, session); });
}

}  // namespace pianola::cli
