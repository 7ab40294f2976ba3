// pianola demo: collect → quantize → replay → train → evaluate → report, on the embedded cart-pole.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <array>
#include <filesystem>

#include "pianola/base/error.hpp"
#include "pianola/base/file.hpp"
#include "pianola/cli/demo_page.hpp"
#include "pianola/cli/session.hpp"
#include "pianola/cli/verbs.hpp"
#include "pianola/control/collect.hpp"
#include "pianola/control/deployment.hpp"
#include "pianola/data/formats.hpp"
#include "pianola/policies/run_folder.hpp"
#include "pianola/quantizers/compare.hpp"
#include "pianola/training/trainer.hpp"

namespace pianola::cli {
namespace {

constexpr const char* kSystem = "cart_pole";
constexpr const char* kMarker = ".pianola-demo";  // what a demo wrote, the next demo may replace
constexpr std::array kBins = {3, 5, 9, 17, 33, 65};
constexpr std::array kRepresentatives = {"centre", "ends"};
constexpr std::size_t kTrajectories = 50;
constexpr int kLearnedBins = 17;

struct DemoOptions {
  std::string out = "pianola-demo";
  std::size_t rollouts = 100;
  int steps = 3000;
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
  for (const char* part : {"demos.hdf5", "run", "report.html"}) std::filesystem::remove_all(out / part);
  std::error_code error;
  std::filesystem::create_directories(out, error);
  if (error) throw ResourceError("cannot make the folder '" + out.string() + "': " + error.message());
  write_file(out / kMarker, "");
}

void collect_demonstrations(const std::filesystem::path& path, const Deployment& plant, Session& session) {
  CollectPlan plan;
  plan.system = plant.system;
  plan.expert = plant.expert;
  plan.key = session.key().child("demonstrations");
  plan.trajectories = kTrajectories;
  plan.progress = &session.progress();
  const auto writer = create_dataset(path, collected_info(plan));
  collect(plan, [&](const Trajectory& trajectory) { writer->write(trajectory); });
  writer->finish();
}

void quantize_demonstrations(const Dataset& data, const Deployment& plant, Session& session, DemoStory& story) {
  const auto actions = action_source(data);
  for (const int bins : kBins) {
    for (const char* representatives : kRepresentatives) {
      auto quantizer = fit_to_dataset(quantizer_spec(bins, representatives), 1, *actions, data.info(),
                                      plant.system.get(), session.key());
      story.replays.push_back(
          {bins, representatives, quantizer, measure_quantizer(*quantizer, *actions, session.key()), 0});
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

#ifdef PIANOLA_WITH_TORCH

TrainResult train_policy(const DemoOptions& options, const Dataset& data, const std::filesystem::path& data_path,
                         const Deployment& plant, Session& session) {
  TrainPlan plan;
  plan.config.data = data_path;
  plan.config.quantizer = quantizer_spec(kLearnedBins, "ends");
  plan.config.policy = "mlp:hidden=128x2";
  plan.config.steps = options.steps;
  plan.config.checkpoint_every = 500;
  plan.config.seed = session.seed;
  plan.config.threads = 1;  // of so small a network two threads would wait for each other; the same bits on any machine
  plan.data = &data;
  const auto actions = action_source(data);
  plan.quantizer = fit_to_dataset(plan.config.quantizer, 1, *actions, data.info(), plant.system.get(), session.key());
  plan.run = std::filesystem::path(options.out) / "run";
  plan.progress = &session.progress();
  set_training_threads(1);
  return train(plan);
}

#else

TrainResult train_policy(const DemoOptions&, const Dataset&, const std::filesystem::path&, const Deployment&,
                         Session&) {
  throw UsageError("this build has no LibTorch, and the demo trains; configure with -DPIANOLA_WITH_TORCH=ON");
}

#endif

void deploy(const DemoOptions& options, const Deployment& plant, Session& session, DemoStory& story) {
  const LoadedRun run = load_run(std::filesystem::path(options.out) / "run");
  EvaluatePlan plan = plan_of(options, plant, session);
  Deployment deployment = plant;
  deployment.quantizer = run.quantizer;
  plan.candidates.push_back({deployment, "quantized"});
  deployment.policy = run.policy;
  for (const char* decode : {"sample", "argmax", "mean"}) {
    plan.candidates.push_back({deployment, fmt::format("feedback:decode={}", decode)});
  }
  story.learned = evaluate(plan);
}

Json to_json(const DemoStory& story, const std::filesystem::path& report) {
  Json stages = Json::array();
  for (const DemoStage& stage : story.stages) stages.push_back({{"name", stage.name}, {"seconds", stage.seconds}});
  Json controllers = pianola::to_json(story.replayed)["controllers"];
  const Json learned = pianola::to_json(story.learned);
  for (const Json& row : learned["controllers"]) controllers.push_back(row);
  return {{"report", report.string()}, {"stages", stages}, {"controllers", controllers}};
}

void run_demo(const DemoOptions& options, Session& session) {
  session.begin();
  const std::filesystem::path out(options.out), data_path = out / "demos.hdf5", report = out / "report.html";
  prepare_folder(out);
  DeploymentRequest request;
  request.system = kSystem;
  const Deployment plant = make_plant(request);
  DemoStory story;
  story.command_line = session.command_line;
  story.run = out / "run";
  Dataset data;
  const auto stage = [&](const char* name, const std::function<void()>& work) {
    story.stages.push_back(timed(name, session, work));
    session.say(fmt::format("{:<9} {:5.1f} s", name, story.stages.back().seconds));
  };
  stage("collect", [&] {
    collect_demonstrations(data_path, plant, session);
    data = read_all(*open_dataset(data_path));
  });
  stage("quantize", [&] { quantize_demonstrations(data, plant, session, story); });
  stage("replay", [&] { replay(options, plant, session, story); });
  stage("train", [&] { story.training = train_policy(options, data, data_path, plant, session); });
  stage("evaluate", [&] { deploy(options, plant, session, story); });
  stage("report", [&] { demo_page(story).write(report); });
  session.print("demo", to_json(story, report),
                demo_text(story) + "\nlook at " + std::filesystem::absolute(report).string() + "\n");
}

}  // namespace

void add_demo(CLI::App& app, Session& session) {
  auto options = std::make_shared<DemoOptions>();
  CLI::App* verb = app.add_subcommand("demo", "the whole story on an embedded system, ends by naming the report");
  verb->add_option("-o,--out", options->out, "folder for the dataset, the run and report.html")->capture_default_str();
  verb->add_option("--rollouts", options->rollouts, "per controller")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  verb->add_option("--steps", options->steps, "of training")->check(CLI::PositiveNumber)->capture_default_str();
  verb->footer("example:\n  pianola demo");
  verb->callback([options, &session] { run_demo(*options, session); });
}

}  // namespace pianola::cli
